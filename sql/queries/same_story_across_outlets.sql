-- Question 9: Which stories appear in several outlets, in which order, how much later and how much changed?
-- Row: two articles of different sources that share most of their words, the earlier one first.
-- Trap: Copies carry other dates: a day later at Uriminzokkiri, about 24 hours later on kcna.co.jp. So articles are
--   compared within max_days of one another, not on one day. Short formula texts share words without being one story:
--   both need least_words different words, and least_shared of the shorter one's words must stand in the other. Press
--   Reviews, which repeat others, are left out.
-- Cannot say: Who copied whom: days is between the days printed. Translations share no words and are not found. Stories
--   whose other copy was not captured: compared is how many articles of other sources lay within max_days of the first
--   one at all.
-- Change: first_day, last_day, max_days, least_words, least_shared.
with
params as (
    select
        date '1945-01-01' as first_day,
        date '2050-12-31' as last_day,
        3 as max_days,
        25 as least_words,
        0.7 as least_shared
),
article as (
    select
        article.article_id,
        article.source_id,
        article.published_date,
        article.title,
        list_distinct(
            list_filter(
                regexp_split_to_array(lower(article.title || ' ' || article.body), '[^\pL\pN]+'),
                lambda word: length(word) > 2 or regexp_matches(word, '[0-9]')
            )
        ) as words
    from core.fact_article as article
    inner join params on article.published_date between params.first_day and params.last_day
    anti join core.fact_press_review_item as review on review.article_id = article.article_id
),
neighbour as (
    select one.article_id, other.article_id as other_id, distance.days
    from (
        select unnest(generate_series(-max_days, max_days)) as days
        from params
    ) as distance
    cross join article as one
    inner join article as other
        on other.published_date = one.published_date + distance.days::integer and other.source_id <> one.source_id
),
compared as (
    select article_id, count(*) as articles
    from neighbour
    group by article_id
),
pair as (
    select
        one.article_id,
        other.article_id as other_id,
        one.source_id,
        other.source_id as other_source_id,
        one.published_date,
        neighbour.days,
        one.title,
        other.title as other_title,
        one.words,
        other.words as other_words,
        len(list_intersect(one.words, other.words)) / least(len(one.words), len(other.words)) as shared
    from neighbour
    cross join params
    inner join article as one on one.article_id = neighbour.article_id
    inner join article as other on other.article_id = neighbour.other_id
    where
        (neighbour.days > 0 or (neighbour.days = 0 and other.source_id > one.source_id))
        and least(len(one.words), len(other.words)) >= params.least_words
)
select
    pair.published_date as published,
    pair.source_id as source,
    pair.other_source_id as other_source,
    pair.days,
    round(pair.shared, 2) as shared,
    pair.title,
    if(pair.other_title = pair.title, null, pair.other_title) as other_title,
    array_to_string(
        list_sort(list_filter(pair.words, lambda word: not list_contains(pair.other_words, word)))[1:12], ' '
    ) as only_in_first,
    array_to_string(
        list_sort(list_filter(pair.other_words, lambda word: not list_contains(pair.words, word)))[1:12], ' '
    ) as only_in_other,
    compared.articles as compared,
    pair.article_id,
    pair.other_id
from pair
cross join params
inner join compared on compared.article_id = pair.article_id
where pair.shared >= params.least_shared
order by pair.published_date, pair.article_id, pair.other_id;
