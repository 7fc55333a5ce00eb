create table core.dim_date (
    date date not null,
    year integer not null,
    month integer not null,
    day integer not null,
    iso_year integer not null,
    iso_week integer not null,
    weekday varchar not null,
    juche_year integer not null,
    holiday varchar,
    is_holiday boolean not null
);

comment on table core.dim_date is 'Calendar days from 1945 to 2050, one row per day, with Juche year and DPRK holidays.';
comment on column core.dim_date.date is 'The day; key.';
comment on column core.dim_date.year is 'Gregorian year.';
comment on column core.dim_date.month is 'Month, 1 to 12.';
comment on column core.dim_date.day is 'Day of the month, 1 to 31.';
comment on column core.dim_date.iso_year is 'Year that the ISO week belongs to.';
comment on column core.dim_date.iso_week is 'ISO week, 1 to 53.';
comment on column core.dim_date.weekday is 'English name of the weekday.';
comment on column core.dim_date.juche_year is 'Juche year: Gregorian year minus 1911.';
comment on column core.dim_date.holiday is 'English name of the DPRK holiday, several separated by semicolons; null on other days. From the Python package holidays, which begins in 1948.';
comment on column core.dim_date.is_holiday is 'Whether the day is a DPRK holiday.';

insert into core.dim_date
select
    days.date,
    year(days.date),
    month(days.date),
    day(days.date),
    isoyear(days.date),
    weekofyear(days.date),
    dayname(days.date),
    year(days.date) - 1911,
    holidays.name,
    holidays.name is not null
from (
    select unnest(generate_series(date '1945-01-01', date '2050-12-31', interval 1 day))::date as date
) as days
left join reference.holiday as holidays on days.date = holidays.date
order by days.date;
