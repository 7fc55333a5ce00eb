create table marts.press_review_item (
    article_id varchar not null,
    position integer not null,
    source_id varchar not null,
    published_date date not null,
    newspaper varchar,
    text varchar not null
);

comment on table marts.press_review_item is 'What the papers printed, by day: one row per item of a Press Review. There is no review on Sundays, and on some days only of one paper.';
comment on column marts.press_review_item.article_id is 'The review, see core.fact_article; key together with the position.';
comment on column marts.press_review_item.position is 'Place in the review, from 1: what a paper led with stands first.';
comment on column marts.press_review_item.source_id is 'Outlet that printed the review, see core.dim_source.';
comment on column marts.press_review_item.published_date is 'Day of the review.';
comment on column marts.press_review_item.newspaper is 'The paper: its usual name where it is on the list, else as printed; null for what the papers have in common (about half of all items), so a count by paper is not a count of all.';
comment on column marts.press_review_item.text is 'The item as printed.';

insert into marts.press_review_item
select
    item.article_id,
    item.position,
    article.source_id,
    article.published_date,
    coalesce(paper.name, item.newspaper),
    item.text
from core.fact_press_review_item as item
inner join core.fact_article as article on article.article_id = item.article_id
left join core.dim_newspaper as paper on paper.newspaper_id = item.newspaper_id
order by article.published_date desc, item.article_id, item.position;
