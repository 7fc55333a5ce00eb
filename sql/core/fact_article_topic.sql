create table core.fact_article_topic (
    article_id varchar not null,
    topic_id varchar not null,
    score integer not null,
    is_primary boolean not null
);

comment on table core.fact_article_topic is 'Topics of articles, one row per article and topic; exactly one per article is primary.';
comment on column core.fact_article_topic.article_id is 'The article, see core.fact_article; key together with the topic.';
comment on column core.fact_article_topic.topic_id is 'The topic, see core.dim_topic; other where no pattern fits.';
comment on column core.fact_article_topic.score is 'Weight of the patterns found, most in the title, less in the opening and the text; for comparison within the article only.';
comment on column core.fact_article_topic.is_primary is 'Whether it is the article''s one main topic; counts by primary topic add up to the number of articles.';

insert into core.fact_article_topic
select article_id, topic_id, score, is_primary
from clean.article_topic
order by article_id, topic_id;
