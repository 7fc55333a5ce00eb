-- Question 19: What is called the first ever, which anniversaries are counted, and when was a phrase used first?
-- Row: one place in a title or text where such a phrase stands, with the words around it.
-- Trap: Texts run to 62,000 characters, so the answer shows 60 characters on either side of the phrase, not the text.
--   Words count whole, in either case.
-- Cannot say: That it was the first time: only that the text says so, or that no earlier day of this collection has the
--   phrase (is_first_here); the collection begins at known_from and has gaps. Sidebar teasers are not searched, they
--   are beginnings of texts; Press Reviews are. Of phrases within 60 characters of one another the first is shown.
-- Change: first_day, last_day, source ('%' is all), and the phrases, which stand twice: in passage and in phrase.
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day, '%' as source
),
article as (
    select article.article_id, article.source_id, article.published_date, article.title, article.body
    from core.fact_article as article
    inner join params
        on article.published_date between params.first_day and params.last_day and article.source_id like params.source
),
passage as (
    select
        article_id,
        source_id,
        published_date,
        title,
        unnest(
            regexp_extract_all(
                concat(title, chr(10), body),
                '(?is).{0,60}\b(?:for the first time|first[- ]ever|first of its kind'
                || '|[0-9]+(?:st|nd|rd|th) (?:[a-z]+ )?(?:anniversary|birthday))\b.{0,60}'
            )
        ) as passage
    from article
),
phrase as (
    select
        article_id,
        source_id,
        published_date,
        title,
        lower(
            regexp_extract(
                passage,
                '(?is)\b(for the first time|first[- ]ever|first of its kind'
                || '|[0-9]+(?:st|nd|rd|th) (?:[a-z]+ )?(?:anniversary|birthday))\b',
                1
            )
        ) as phrase,
        regexp_replace(passage, '\s+', ' ', 'g') as context
    from passage
)
select
    phrase.published_date as published,
    phrase.source_id as source,
    phrase.phrase,
    phrase.context,
    phrase.published_date = min(phrase.published_date) over (partition by phrase.phrase) as is_first_here,
    count(*) over (partition by phrase.phrase) as times,
    count(distinct phrase.article_id) over (partition by phrase.phrase) as in_articles,
    (select count(*) from article) as of_articles,
    (select min(published_date) from article) as known_from,
    phrase.title,
    phrase.article_id
from phrase
order by phrase.published_date, phrase.article_id, phrase.phrase, phrase.context;
