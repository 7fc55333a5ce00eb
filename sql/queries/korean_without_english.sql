-- Question 10: Which Korean items have no English counterpart, so that they speak to readers at home only?
-- Row: one Korean article or sidebar entry with the English articles that could be its counterpart.
-- Trap: The label may lack the language (Tongil Sinbo), so an item is Korean if its title or text is in Hangul. Words
--   cannot be compared across languages; days and places can: an English article within max_days that names a place
--   which the Korean text names is a candidate.
-- Cannot say: That there is no English item: none is known. english_known is how many English articles of any source
--   are known within max_days, in full or from sidebars; where it is small nothing follows, and place names cannot be
--   looked for in those known from sidebars alone. Items that name no place (places is null) have no candidates at all.
--   A candidate is a lead, not a pair.
-- Change: first_day, last_day, max_days.
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day, 2 as max_days
),
korean as (
    select
        article_id as item_id,
        'article' as kind,
        source_id,
        published_date as date,
        title,
        concat(title, ' ', body) as text
    from core.fact_article
    where regexp_matches(concat(title, body), '[가-힣]{2}')
    union all
    select sidebar_entry_id, 'sidebar entry', source_id, shown_date, title, concat(title, ' ', teaser)
    from core.fact_sidebar_entry
    where article_id is null and regexp_matches(concat(title, teaser), '[가-힣]{2}')
),
item as (
    select korean.*
    from korean
    inner join params on korean.date between params.first_day and params.last_day
),
place as (
    select item.item_id, dim_place.place_id, dim_place.name
    from item
    inner join core.dim_place as dim_place
        on contains(item.text, dim_place.korean_name)
        or (dim_place.level = 1 and contains(item.text, regexp_replace(dim_place.korean_name, '시$', '')))
),
named as (
    select item_id, string_agg(name, ', ' order by name) as places
    from place
    group by item_id
),
english as (
    select article_id, published_date as date
    from core.fact_article
    where not regexp_matches(concat(title, body), '[가-힣]{2}')
),
english_known as (
    select date from english
    union all
    select shown_date
    from core.fact_sidebar_entry
    where article_id is null and not regexp_matches(concat(title, teaser), '[가-힣]{2}')
),
candidate as (
    select distinct item.item_id, article.article_id, article.title
    from item
    cross join params
    inner join place on place.item_id = item.item_id
    inner join core.fact_mention as mention
        on mention.entity_id = place.place_id
        and mention.kind = 'place'
        and mention.role not in ('dateline', 'press_review')
    inner join english on english.article_id = mention.article_id
    inner join core.fact_article as article on article.article_id = mention.article_id
    where abs(date_diff('day', item.date, english.date)) <= params.max_days
),
counted as (
    select item_id, count(*) as candidates, min(title) as one_candidate
    from candidate
    group by item_id
)
select
    item.date,
    item.source_id as source,
    item.kind,
    item.title,
    named.places,
    coalesce(counted.candidates, 0) as candidates,
    (
        select count(*)
        from english_known
        where abs(date_diff('day', item.date, english_known.date)) <= params.max_days
    ) as english_known,
    counted.one_candidate,
    source.label,
    item.item_id
from item
cross join params
inner join core.dim_source as source on source.source_id = item.source_id
left join named on named.item_id = item.item_id
left join counted on counted.item_id = item.item_id
order by item.date, item.source_id, item.kind, item.title, item.item_id;
