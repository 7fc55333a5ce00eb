-- Question 2: Who accompanied Kim Jong Un, how high on the list, since when, until when and beside whom?
-- Row: one person who was named as a companion, the most frequent first.
-- Trap: "Accompanied" also stands in sentences about photos and medals; core.fact_leader_event_companion leaves those
--   out. Ranks change when a report is edited within a day: the rank is that of the current wording, and edited_lists
--   says how many of a person's lists come from an edited report.
-- Cannot say: Who was there and not named: only `lists` of all `events` name anybody. Two people of one name are one
--   row. After a last appearance, later_lists is how many later lists do not have the name; 0 or few prove nothing. A
--   title that stands once for several people is printed in the plural.
-- Change: first_day and last_day.
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day
),
event as (
    select event.leader_event_id, event.event_date, event.companion_count, article.version_count
    from core.fact_leader_event as event
    inner join params on event.event_date between params.first_day and params.last_day
    inner join core.fact_article as article on article.article_id = event.article_id
),
companion as (
    select
        event.leader_event_id,
        event.event_date,
        event.version_count,
        companion.rank,
        companion.person_id,
        companion.title
    from event
    inner join core.fact_leader_event_companion as companion on companion.leader_event_id = event.leader_event_id
),
pair as (
    select one.person_id, other.person_id as other_id, count(*) as times
    from companion as one
    inner join companion as other
        on other.leader_event_id = one.leader_event_id and other.person_id <> one.person_id
    group by all
),
closest as (
    select person_id, other_id, times
    from pair
    qualify row_number() over (partition by person_id order by times desc, other_id) = 1
),
person as (
    select
        person_id,
        count(*) as times,
        min(rank) as best_rank,
        median(rank) as median_rank,
        min(event_date) as first_day,
        max(event_date) as last_day,
        arg_max(title, (event_date, leader_event_id)) filter (where title is not null) as last_title,
        count(*) filter (where version_count > 1) as edited_lists
    from companion
    group by person_id
)
select
    dim_person.name,
    person.times,
    (select count(*) from event where companion_count > 0) as lists,
    (select count(*) from event) as events,
    person.best_rank,
    person.median_rank,
    person.first_day,
    person.last_day,
    (select count(*) from event where companion_count > 0 and event_date > person.last_day) as later_lists,
    person.last_title,
    other.name as most_often_beside,
    closest.times as times_beside,
    person.edited_lists
from person
inner join core.dim_person as dim_person on dim_person.person_id = person.person_id
left join closest on closest.person_id = person.person_id
left join core.dim_person as other on other.person_id = closest.other_id
order by person.times desc, person.median_rank, dim_person.name, person.person_id;
