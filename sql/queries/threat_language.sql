-- Question 12: Who threatens whom, in which words, and how often?
-- Row: one sentence with threatening words, in a statement, or naming a foreign country or the enemy.
-- Trap: One speaker's titles have several forms ("Press Statement of Vice Department Director of C.C., WPK Kim Yo
--   Jong", "of WPK Central Committee ..."): speaker is the person whom the title names, by key, else the office in one
--   form, else KCNA Commentary or Commentator. Press Reviews, which repeat statements, are left out. Words count whole,
--   in either case.
-- Cannot say: Whether it is a threat: a sentence may report another's or judge, so read it. By eye, 49 of the 65
--   sentences found on the project's reconstructed pages are threats; how many were missed is not known. targets are
--   the countries that the sentence names, the DPRK left out, and the enemy where it says so; not all of them are
--   threatened. Launches and exercises to compare with are no table of the warehouse. of_articles is all articles of
--   the month.
-- Change: first_day, last_day, source ('%' is all), and the words, which stand in marked.
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day, '%' as source
),
article as (
    select
        article.article_id,
        article.published_date,
        article.title,
        string_split(
            regexp_replace(
                article.body, '([\pLl\pN)%”"’''][.!?][”"’'']?) (["“‘(]?\p{Lu})', '\1' || chr(10) || '\2', 'g'
            ),
            chr(10)
        ) as sentences
    from core.fact_article as article
    inner join params
        on article.published_date between params.first_day and params.last_day and article.source_id like params.source
    anti join core.fact_press_review_item as review on review.article_id = article.article_id
),
line as (
    select article_id, unnest(sentences) as sentence, generate_subscripts(sentences, 1) as number
    from article
),
sentence as (
    select
        article_id,
        number,
        sentence,
        coalesce(
            sum(length(sentence) + 1)
                over (partition by article_id order by number rows between unbounded preceding and 1 preceding),
            0
        ) as "start",
        lower(sentence) as words
    from line
),
marked as (
    select
        *,
        regexp_matches(words, '\bpay (?:\w+ ){0,3}(?:price|dear|dearly)\b') as price,
        regexp_matches(
            words,
            '\b(?:we|i|seriously|sternly|solemnly|officially|strongly|clearly|already)(?: \w+)? warn(?:s|ed)?\b'
            || '|\bwarn(?:s|ed)? (?:again|seriously|sternly|solemnly|strongly)\b'
        ) as warning,
        regexp_matches(
            words, '\b(?:never|not) (?:be )?(?:tolerated?|pardon(?:ed)?|overlook(?:ed)?|sit idle|remain an onlooker)\b'
        ) as no_tolerance,
        regexp_matches(
            words, '\b(?:annihilat\w+|wip(?:e|ed|ing) (?:\w+ )?out|sea of fire|end of (?:its|the) regime)\b'
        ) as annihilation,
        regexp_matches(
            words, '\b(?:retaliat\w+|stern(?:ly)? punish\w*|merciless(?:ly)? (?:\w+ ){0,2}(?:punish|blow|sweep))'
        ) as retaliation,
        regexp_matches(words, '\b(?:counteractions?|military countermeasures?)\b') as counteraction,
        regexp_matches(words, '\b(?:self-destructi\w+|(?:catastrophic|fatal) consequences|final ruin|doomed)\b') as ruin
    from sentence
),
found as (
    select
        article_id,
        number,
        sentence,
        "start",
        concat_ws(
            ', ',
            if(price, 'price', null),
            if(warning, 'warning', null),
            if(no_tolerance, 'no tolerance', null),
            if(annihilation, 'annihilation', null),
            if(retaliation, 'retaliation', null),
            if(counteraction, 'counteraction', null),
            if(ruin, 'ruin', null)
        ) as kinds
    from marked
    where price or warning or no_tolerance or annihilation or retaliation or counteraction or ruin
),
target as (
    select found.article_id, found.number, country.name
    from found
    inner join core.fact_mention as mention
        on mention.article_id = found.article_id
        and mention.section = 'body'
        and mention.kind = 'country'
        and mention."start" >= found."start"
        and mention."end" <= found."start" + length(found.sentence)
    inner join core.dim_country as country on country.country_id = mention.entity_id and country.country_id <> 'KP'
    union
    select article_id, number, 'the enemy'
    from found
    where regexp_matches(sentence, '\b(?i:enem(?:y|ies)|hostile (?:forces|states?)|aggressors|puppets?)\b')
),
targeted as (
    select article_id, number, string_agg(name, ', ' order by name) as targets
    from target
    group by article_id, number
),
person as (
    select mention.article_id, string_agg(distinct person.name, ', ' order by person.name) as speaker
    from core.fact_mention as mention
    inner join core.dim_person as person on person.person_id = mention.entity_id
    where mention.kind = 'person' and mention.section = 'title' and mention.role = 'plain'
    group by mention.article_id
),
month as (
    select date_trunc('month', published_date)::date as month, count(*) as articles
    from article
    group by all
),
office as (
    select
        article_id,
        regexp_replace(
            regexp_replace(
                coalesce(
                    nullif(
                        regexp_extract(
                            title,
                            '\b(?:Statement|Article|White Paper) (?:Released |Issued )?(?:of|by) (.+?)(?: [Oo]n .*)?$',
                            1
                        ),
                        ''
                    ),
                    regexp_extract(title, '^(.+?) (?:Issues|Releases|Makes) .*(?:Statement|Article|Paper)', 1)
                ),
                '^Spokes(?:man|person|woman) (?:of|for) (.*)$',
                'spokesperson of \1'
            ),
            '^(.*) Spokes(?:man|person|woman)$',
            'spokesperson of \1'
        ) as speaker
    from article
),
speech as (
    select
        article.*,
        coalesce(
            person.speaker,
            nullif(office.speaker, ''),
            nullif(regexp_extract(article.title, '\b(?:KCNA Comment(?:ary|s)|Commentator)\b'), '')
        ) as speaker
    from article
    inner join office on office.article_id = article.article_id
    left join person on person.article_id = article.article_id
)
select
    speech.published_date as published,
    coalesce(speech.speaker, '(a report)') as speaker,
    targeted.targets,
    found.kinds,
    found.sentence,
    month.articles as of_articles,
    speech.title,
    speech.article_id
from found
inner join speech on speech.article_id = found.article_id
inner join month on month.month = date_trunc('month', speech.published_date)
left join targeted on targeted.article_id = found.article_id and targeted.number = found.number
where speech.speaker is not null or targeted.targets is not null
order by speech.published_date, speech.article_id, found.number;
