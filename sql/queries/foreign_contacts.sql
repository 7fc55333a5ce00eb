-- Question 14: With which countries are messages, gifts, delegations and talks exchanged, and in which direction?
-- Row: one country, kind and direction of contact, the most frequent first.
-- Trap: Formula titles repeat ("Respected Comrade Kim Jong Un Receives Greetings from Abroad"), so a title is no key:
--   articles are counted by their key, and titles says how many different titles they have. Press Reviews, statements
--   and commentaries are left out, and so are Koreans living abroad.
-- Cannot say: How many contacts there were: one occasion can fill several articles, one article can name several
--   countries (it counts for each) and contacts without a report are missing. Country is that of the title, else of the
--   first paragraph; where neither names one, the contact stands at the end and may be at home. kind and direction rest
--   on words of the title; direction is `unclear` where those do not tell.
-- Change: first_day, last_day and source ('%' is all).
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day, '%' as source
),
article as (
    select article.article_id, article.published_date, article.title, split_part(article.body, chr(10), 1) as opening
    from core.fact_article as article
    inner join params
        on article.published_date between params.first_day and params.last_day and article.source_id like params.source
    anti join core.fact_press_review_item as review on review.article_id = article.article_id
),
contact as (
    select
        article_id,
        published_date,
        title,
        length(opening) as opening_length,
        case
            when regexp_matches(title, '\b(?:Gifts?|Floral Baskets?|Wreaths?|Flowers)\b') then 'gift or flowers'
            when regexp_matches(title, '\bCredentials\b') then 'credentials'
            when
                regexp_matches(
                    title, '\b(?:Messages?|Letters?|Greetings|Congratulat\w+|Condolences?|Cards|Telegrams?|Thanks)\b'
                )
                then 'message'
            when
                regexp_matches(
                    title, '\b(?:Reception|Banquet|Party) (?:Given|Hosted|Held)|\b(?:Gives?|Hosts?) .*Reception\b'
                )
                then 'reception'
            when regexp_matches(title, '\b(?:Talks?|Meets|Meeting with|Receives)\b') then 'talks'
            when
                regexp_matches(title, '\b(?:Delegation|Embassy|Ambassador|Minister|Group|Envoy|President)\b')
                and regexp_matches(title, '\b(?:Arrives?|Leaves?|Returns?|Back|Visits?|Tours?|Pays?|Departs?)\b')
                then 'visit'
            when regexp_matches(title, '\b(?:Agreement|Protocol|Treaty|Memorandum|Plan) .*Signed\b') then 'agreement'
        end as kind,
        case
            when
                regexp_matches(
                    title,
                    '\b(?:Sends?|Sent)\b'
                    || '|^(?:\w+ )?(?:Greetings|Congratulations|Condolences|Messages?|Letters?|Credentials) to\b'
                )
                and not regexp_matches(title, '\bto (?:Respected Comrade )?Kim Jong Un\b|\bto DPRK\b')
                or regexp_matches(title, '\bDPRK\b.*\b(?:Leaves?|Returns?|Back Home|Visits?|Arrives? in)\b')
                then 'from the DPRK'
            when
                regexp_matches(
                    title,
                    '\b(?:Receives|Arrives?|Leaves?|Returns?|Tours?|Visits?|from)\b'
                    || '|\bto (?:Respected Comrade )?Kim Jong Un\b|\bto DPRK\b|\bCredentials of\b|\bGiven by\b'
                    || '|\bMeets .*(?:Delegation|Group|Ambassador)\b'
                )
                then 'to the DPRK'
            else 'unclear'
        end as direction
    from article
    where not regexp_matches(title, '\b(?:Statement|Comment(?:ary|s)|Rally|Koreans in|White Paper)\b')
),
named as (
    select contact.article_id, mention.section, country.name
    from contact
    inner join core.fact_mention as mention
        on mention.article_id = contact.article_id
        and mention.kind = 'country'
        and mention.role not in ('dateline', 'press_review', 'award')
        and (mention.section = 'title' or mention."end" <= contact.opening_length)
    inner join core.dim_country as country on country.country_id = mention.entity_id and country.country_id <> 'KP'
    where contact.kind is not null
    group by all
),
country as (
    select article_id, name
    from named
    where section = 'title' or article_id not in (select article_id from named where section = 'title')
)
select
    coalesce(country.name, '(no country named)') as country,
    contact.kind,
    contact.direction,
    count(*) as articles,
    count(distinct contact.title) as titles,
    (select count(*) from article) as out_of,
    min(contact.published_date) as first_day,
    max(contact.published_date) as last_day,
    arg_max(contact.title, (contact.published_date, contact.article_id)) as last_title
from contact
left join country on country.article_id = contact.article_id
where contact.kind is not null
group by country.name, contact.kind, contact.direction
order by country.name is null, articles desc, country.name, contact.kind, contact.direction;
