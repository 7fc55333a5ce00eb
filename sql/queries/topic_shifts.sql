-- Question 11: Which subjects rise or fall from month to month, such as regional development, floods or Russia?
-- Row: one subject and month with articles; first the terms named below, then the topics of core.dim_topic.
-- Trap: Regional development is written 20×10 with a multiplication sign, not an x; the pattern takes both. Sidebar
--   teasers would count every article twice, so only articles in full count. Press Reviews name other articles'
--   subjects and are left out, of out_of too.
-- Cannot say: Why a share moved: a month with few articles or many empty_days moves by itself. change compares with the
--   calendar month before and is null where that has no articles. A topic rests on word patterns, a term on its words
--   alone: an article on a flood abroad is an article on floods.
-- Change: first_month, last_month, source ('%' is all), and the terms.
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
known_day as (
    select published_date as date, source_id from core.fact_article
    union
    select shown_date, source_id from core.fact_sidebar_entry
),
month as (
    select
        month,
        count(*) as out_of,
        day(last_day(month)) - (
            select count(distinct known_day.date)
            from known_day
            inner join params on known_day.source_id like params.source
            where date_trunc('month', known_day.date) = article.month
        ) as empty_days
    from article
    group by month
),
subject as (
    select
        month,
        unnest(
            [
                {
                    'position': 1,
                    'subject': 'regional development',
                    'is_named': regexp_matches(
                        text, '\b20 ?[×xX] ?10\b|\b[Rr]egional[- ](?:[Dd]evelopment|[Ii]ndustry)\b'
                    )
                },
                {
                    'position': 2,
                    'subject': 'floods',
                    'is_named': regexp_matches(text, '\b[Ff]lood(?:s|ed|ing|waters?)?\b|큰물')
                },
                {'position': 3, 'subject': 'Russia', 'is_named': regexp_matches(text, '\bRussia(?:n|ns)?\b|로씨야')}
            ],
            recursive := true
        )
    from article
),
counted as (
    select 'term' as kind, position, subject, month, count(*) filter (where is_named) as articles
    from subject
    group by position, subject, month
    union all
    select 'topic', 100 + topic.position, topic.label, month.month, count(article.article_id)
    from core.dim_topic as topic
    cross join month
    left join core.fact_article_topic as about on about.topic_id = topic.topic_id
    left join article on article.article_id = about.article_id and article.month = month.month
    group by topic.position, topic.label, month.month
),
rated as (
    select
        counted.*,
        month.out_of,
        month.empty_days,
        1000 * counted.articles / month.out_of as per_thousand
    from counted
    inner join month on month.month = counted.month
)
select
    rated.kind,
    rated.subject,
    rated.month,
    rated.articles,
    rated.out_of,
    round(rated.per_thousand, 1) as per_thousand,
    round(rated.per_thousand - earlier.per_thousand, 1) as change,
    rated.empty_days
from rated
left join rated as earlier
    on earlier.position = rated.position and earlier.month = rated.month - interval 1 month
order by rated.position, rated.month;
