-- Question 13: How are adversaries named: "south Korea", "puppets", "ROK", "enemy", "U.S. imperialists"?
-- Row: one month and form, also where it does not occur.
-- Trap: Case matters: "south Korea" denies a state that "South Korea" admits, so every form is matched as written, with
--   word limits ("ROK", not "ROKS"), and "Republic of Korea" not inside "Democratic People's Republic of Korea". Press
--   Reviews, which repeat titles, are left out, of out_of too.
-- Cannot say: Who is meant by puppet, enemy, stooges or imperialists: they are counted for nobody. Forms overlap
--   ("U.S." also counts in "U.S. imperialists", "ROK" in "puppet ROK"), so they do not add up. A quotation counts as
--   much as the outlet's own word. Compare per_thousand, not articles.
-- Change: first_month, last_month, source ('%' is all), and the forms.
with
params as (
    select date '1945-01-01' as first_month, date '2050-12-01' as last_month, '%' as source
),
article as (
    select
        article.article_id,
        date_trunc('month', article.published_date)::date as month,
        concat(article.title, chr(10), article.body) as text
    from core.fact_article as article
    inner join params
        on date_trunc('month', article.published_date) between params.first_month and params.last_month
        and article.source_id like params.source
    anti join core.fact_press_review_item as review on review.article_id = article.article_id
),
form as (
    select
        article_id,
        month,
        unnest(
            [
                {'target': 'south Korea', 'form': 'ROK', 'found': regexp_extract_all(text, '\bROK\b|\bR\.O\.K\.')},
                {
                    'target': 'south Korea',
                    'form': 'puppet ROK',
                    'found': regexp_extract_all(text, '\b[Pp]uppet (?:ROK|[Ss]outh)')
                },
                {
                    'target': 'south Korea',
                    'form': 'Republic of Korea',
                    'found': list_filter(
                        regexp_extract_all(text, '(?:Democratic\s+People.s\s+)?Republic\s+of\s+Korea\b'),
                        lambda name: not starts_with(name, 'Democratic')
                    )
                },
                {
                    'target': 'south Korea',
                    'form': 'south Korea',
                    'found': regexp_extract_all(text, '\bsouth Korea(?:ns?)?\b')
                },
                {
                    'target': 'south Korea',
                    'form': 'South Korea',
                    'found': regexp_extract_all(text, '\bSouth Korea(?:ns?)?\b')
                },
                {
                    'target': 'south Korea',
                    'form': 'military gangsters',
                    'found': regexp_extract_all(text, '\bmilitary gangsters\b')
                },
                {
                    'target': 'United States',
                    'form': 'U.S.',
                    'found': regexp_extract_all(text, '\bU\.S\.(?:A\.)?|\bUSA?\b')
                },
                {
                    'target': 'United States',
                    'form': 'United States',
                    'found': regexp_extract_all(text, '\bUnited States\b')
                },
                {
                    'target': 'United States',
                    'form': 'U.S. imperialists',
                    'found': regexp_extract_all(text, '\b(?:U\.S\.|US|American) imperialis(?:ts?|m)\b')
                },
                {'target': 'United States', 'form': 'Yankee', 'found': regexp_extract_all(text, '\bYankees?\b')},
                {'target': 'Japan', 'form': 'Japan', 'found': regexp_extract_all(text, '\bJapan\b')},
                {
                    'target': 'Japan',
                    'form': 'Japanese reactionaries',
                    'found': regexp_extract_all(
                        text, '\b(?:Japanese|Japan.s) (?:reactionar(?:y|ies)|imperialis(?:ts?|m)|militaris(?:ts?|m))\b'
                    )
                },
                {'target': '(nobody named)', 'form': 'puppet', 'found': regexp_extract_all(text, '\b[Pp]uppets?\b')},
                {
                    'target': '(nobody named)',
                    'form': 'enemy',
                    'found': regexp_extract_all(text, '\b[Ee]nem(?:y|ies)\b')
                },
                {
                    'target': '(nobody named)',
                    'form': 'hostile forces',
                    'found': regexp_extract_all(text, '\b[Hh]ostile (?:forces|states?)\b')
                },
                {
                    'target': '(nobody named)',
                    'form': 'imperialists',
                    'found': regexp_extract_all(text, '\b[Ii]mperialis(?:ts?|m)\b')
                },
                {
                    'target': '(nobody named)',
                    'form': 'stooges',
                    'found': regexp_extract_all(text, '\b(?:[Ss]tooges?|[Ll]ackeys?|[Ff]lunkeys?)\b')
                }
            ],
            recursive := true
        )
    from article
)
select
    target,
    form,
    month,
    count(*) filter (where len(found) > 0) as articles,
    sum(len(found))::bigint as times,
    count(*) as out_of,
    round(1000 * count(*) filter (where len(found) > 0) / count(*), 1) as per_thousand
from form
group by target, form, month
order by target = '(nobody named)', target desc, form, month;
