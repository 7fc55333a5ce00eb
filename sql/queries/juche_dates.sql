-- Question 15: When did the Juche calendar disappear, and do Juche and Gregorian dates agree?
-- Row: one source and month with articles.
-- Trap: The change of October 2024 was gradual: footer and text do not change on one day, so both are counted, with the
--   first and the last day of either form. Old pages saved later still show Juche: what counts is the day of
--   publication.
-- Cannot say: What the site showed on the day: items already online were relabelled, and a page shows the footer of the
--   day it was saved. Many sources have no footer at all (no_footer). Pages whose footer names another day than their
--   Date line are in quarantine; contradictions counts those dated in the month.
-- Change: first_month, last_month and source ('%' is all).
with
params as (
    select date '1945-01-01' as first_month, date '2050-12-01' as last_month, '%' as source
),
article as (
    select
        article.source_id,
        date_trunc('month', article.published_date)::date as month,
        article.published_date,
        article.footer_calendar,
        regexp_matches(article.body, '\bJuche ?[0-9]{1,3}\b|주체 ?[0-9]{1,3}') as has_juche_year,
        list_filter(
            regexp_extract_all(article.body, '\bJuche ?[0-9]{1,3} ?\([0-9]{4}\)'),
            lambda pair:
                regexp_extract(pair, '[0-9]+')::integer + 1911 <> regexp_extract(pair, '\(([0-9]{4})\)', 1)::integer
        ) as wrong_pairs
    from core.fact_article as article
    inner join params
        on date_trunc('month', article.published_date) between params.first_month and params.last_month
        and article.source_id like params.source
),
held as (
    select source.source_id, date_trunc('month', page.published_date)::date as month, count(*) as contradictions
    from quality.page_outcome as page
    inner join core.dim_source as source on source.label_key = lower(page.source_label)
    where page.outcome = 'quarantine' and page.reason = 'contradiction'
    group by all
)
select
    article.month,
    article.source_id as source,
    count(*) as articles,
    count(*) filter (where article.footer_calendar = 'juche') as juche_footer,
    count(*) filter (where article.footer_calendar = 'gregorian') as gregorian_footer,
    count(*) filter (where article.footer_calendar is null) as no_footer,
    count(*) filter (where article.has_juche_year) as juche_in_text,
    max(article.published_date) filter (where article.footer_calendar = 'juche') as last_juche_footer,
    min(article.published_date) filter (where article.footer_calendar = 'gregorian') as first_gregorian_footer,
    max(article.published_date) filter (where article.has_juche_year) as last_juche_in_text,
    sum(len(article.wrong_pairs))::bigint as wrong_years,
    coalesce(any_value(held.contradictions), 0) as contradictions
from article
left join held on held.source_id = article.source_id and held.month = article.month
group by article.month, article.source_id
order by article.month, article.source_id;
