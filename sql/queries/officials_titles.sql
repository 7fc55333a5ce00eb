-- Question 16: Which offices does a person hold from when to when: promotions, demotions, disappearance?
-- Row: one person and office as printed beside the name, with the first and last day; persons in order of name.
-- Trap: "C.C., WPK", "WPK Central Committee" and "Central Committee of the Workers' Party of Korea" are one body, and
--   so are KPA and DPRK and their long forms: offices are compared in the short form; written_as says in how many forms
--   one is printed. The leaders are left out.
-- Cannot say: When an office was taken up or left: only when it was printed. It is read where it follows the name after
--   a comma or stands in capitals before it, and from the lists of companions, where one in the plural stands for
--   several people; other forms are missed. Two people of one name are one. named_in is how many articles name the
--   person, Press Reviews left out, and silent_days the days from the last of these to the last known day: below some
--   weeks they mean nothing.
-- Change: first_day, last_day, and person ('%' is all), for example 'jo-yong-won'.
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day, '%' as person
),
mention as (
    select
        mention.entity_id as person_id,
        article.article_id,
        article.published_date,
        substring(article.body, mention."end" + 1, 160) as after,
        substring(article.body, greatest(mention."start" - 90, 1), least(mention."start", 91) - 1 + 1) as before
    from core.fact_mention as mention
    inner join core.fact_article as article on article.article_id = mention.article_id
    inner join params
        on article.published_date between params.first_day and params.last_day and mention.entity_id like params.person
    where mention.kind = 'person' and mention.section = 'body' and mention.role = 'plain'
),
read as (
    select
        person_id,
        article_id,
        published_date,
        trim(
            coalesce(
                nullif(
                    regexp_extract(
                        after,
                        '^, ((?:[a-z][\w-]* ){0,4}(?:[a-z]+-)?(?:secretar(?:y|ies)|ministers?|directors?|managers?'
                        || '|chair(?:man|men|woman|person)|presidents?|premier|chiefs?|commanders?|members?|ambassadors?'
                        || '|heads?|officials?|rector|dean|marshal|envoy)\b'
                        || '(?: (?:of|for|at) (?:C\.C\., WPK|[^,.;()"“\n])+)?)',
                        1
                    ),
                    ''
                ),
                regexp_extract(
                    before,
                    '\b((?:(?:First|Vice|Deputy|Prime|Foreign|Honorary|Executive|Department|Chief|General)[- ])*'
                    || '(?:Secretary[- ]General|Premier|Minister|Secretary|Director|Chairman|Chairwoman|President'
                    || '|Ambassador|Marshal|General)'
                    || '(?: (?:of|for) (?:the )?(?:[A-Z][\w''’-]*(?:,? (?:and )?)?)+)?) ?$',
                    1
                )
            )
        ) as printed
    from mention
    union all
    select companion.person_id, event.article_id, article.published_date, companion.title
    from core.fact_leader_event_companion as companion
    inner join core.fact_leader_event as event on event.leader_event_id = companion.leader_event_id
    inner join core.fact_article as article on article.article_id = event.article_id
    inner join params
        on article.published_date between params.first_day and params.last_day and companion.person_id like params.person
    where companion.title is not null
),
office as (
    select
        person_id,
        article_id,
        published_date,
        printed,
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(printed, ' (?:who|was|were|is|are|had|has|made|visited|here|and other)\b.*$', ''),
                        'Workers.? ?Party of Korea',
                        'WPK',
                        'g'
                    ),
                    '(?:the )?(?:C\.C\., WPK|(?:WPK|Party) Central Committee|Central Committee of the (?:WPK|Party))',
                    'C.C., WPK',
                    'g'
                ),
                'Korean People.s Army',
                'KPA',
                'g'
            ),
            'Democratic People.s Republic of Korea',
            'DPRK',
            'g'
        ) as office
    from read
    where
        person_id not in ('kim-il-sung', 'kim-jong-il', 'kim-jong-un')
        and printed <> ''
        and not regexp_matches(printed, '^(?:who|whose|when|which|where|as|and|the|he|she|his|her|in|on|at|with)\b')
),
named as (
    select person_id, count(distinct article_id) as named_in, max(published_date) as last_named
    from mention
    group by person_id
),
known as (
    select max(published_date) as last_day
    from core.fact_article
    inner join params on published_date <= params.last_day
)
select
    person.name,
    min(office.office) as office,
    min(office.published_date) as first_printed,
    max(office.published_date) as last_printed,
    count(distinct office.article_id) as articles,
    count(distinct office.printed) as written_as,
    any_value(named.named_in) as named_in,
    any_value(named.last_named) as last_named,
    any_value(date_diff('day', named.last_named, known.last_day)) as silent_days
from office
inner join core.dim_person as person on person.person_id = office.person_id
inner join named on named.person_id = office.person_id
cross join known
group by person.person_id, person.name, lower(office.office)
order by person.name, person.person_id, first_printed, office;
