-- Question 20: How do I cite an article: exact text, when it was saved, from which file, by which version of the
--   warehouse?
-- Row: one wording of an article, the current one first.
-- Trap: The saved text holds no address and titles repeat, so neither is a key. article_id stays as long as no earlier
--   wording is found; page_sha256 is the hash of the bytes that were saved and stays in any case: quote both, with the
--   day of capture, and text_sha256 for the exact words.
-- Cannot say: The address of the page, where the origin of the file did not give it (web_address is null). build_digest
--   names raw pages and code together, as of the run that published this version of the warehouse; equal digests give
--   equal answers. The text belongs to its publisher.
-- Change: title, first_day and last_day to find an article, or article, a key such as '1d54fa...'.
with
params as (
    select '%' as title, date '1945-01-01' as first_day, date '2050-12-31' as last_day, '%' as article
),
page as (
    select
        page.article_version_id,
        arg_min(page.page_sha256, (coalesce(page.captured_date, date '2999-12-31'), page.page_sha256)) as page_sha256,
        count(*) as pages
    from core.fact_page as page
    where page.article_version_id is not null
    group by page.article_version_id
),
run as (
    select parser_version, build_digest
    from quality.run
    where verdict = 'passed'
    order by started_at desc, run_id desc
    limit 1
)
select
    article.published_date as published,
    source.label as source,
    version.title,
    version.version_number as version,
    article.version_count as versions,
    version.first_captured_date as first_saved,
    version.last_captured_date as last_saved,
    page.pages,
    version.word_count as words,
    outcome.name as file,
    (select min(file.address) from quality.origin_file as file where file.page_sha256 = page.page_sha256) as web_address,
    article.article_id,
    page.page_sha256,
    sha256(version.body) as text_sha256,
    run.parser_version,
    run.build_digest
from core.fact_article_version as version
inner join core.fact_article as article on article.article_id = version.article_id
inner join params
    on version.title like params.title
    and article.published_date between params.first_day and params.last_day
    and article.article_id like params.article
inner join core.dim_source as source on source.source_id = article.source_id
inner join page on page.article_version_id = version.article_version_id
inner join quality.page_outcome as outcome on outcome.page_sha256 = page.page_sha256
cross join run
order by article.published_date, article.article_id, version.version_number desc;
