create table core.fact_press_review_item (
    article_id varchar not null,
    position integer not null,
    newspaper_id varchar,
    newspaper varchar,
    text varchar not null,
    "start" integer not null,
    "end" integer not null
);

comment on table core.fact_press_review_item is 'Items of Press Reviews: what the papers print, one row per item of the list.';
comment on column core.fact_press_review_item.article_id is 'The review, see core.fact_article; key together with the position.';
comment on column core.fact_press_review_item.position is 'Place in the review, from 1, over all papers.';
comment on column core.fact_press_review_item.newspaper_id is 'The paper, see core.dim_newspaper; null where the review names one that is not on the list, and for what it says the papers have in common: about half of all items stand before the first name of a paper.';
comment on column core.fact_press_review_item.newspaper is 'The paper as printed; null where the review names none.';
comment on column core.fact_press_review_item.text is 'The item as printed, without its bullet.';
comment on column core.fact_press_review_item."start" is 'First character of the text in the body, counted from 0.';
comment on column core.fact_press_review_item."end" is 'Character after the last one.';

insert into core.fact_press_review_item
select article_id, position, newspaper_id, newspaper, text, "start", "end"
from clean.press_review_item
order by article_id, position;
