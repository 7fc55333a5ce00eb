-- Question 6: Which articles were silently edited, what changed, how fast, and is the leader or an official concerned?
-- Row: one edit: a wording that replaced an earlier one of the same article; the newest article first.
-- Trap: Crawler faults look like edits (an empty text, another article under the same address). Pages without a text
--   are in quarantine, and two wordings count as one article only if their words agree in order to at least 65 %;
--   share_changed shows how much did not.
-- Cannot say: When the edit was made: it lies within `days` before the new wording was first saved (0: both were saved
--   on one day, and their order is a guess; null: a page prints no day). Only articles saved on two days can show an
--   edit at all: saved_twice of all articles. leader is whether title or changed words name Kim Jong Un. persons are
--   found in the changed words by the form of Korean names, so a name of which only a part changed is missed; offices
--   is whether a word such as secretary or minister stands there, in any sense.
-- Change: first_day, last_day, source ('%' is all), and shown_changes, how many changes are written out.
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day, '%' as source, 8 as shown_changes
),
saved as (
    select article.article_id, count(distinct page.captured_date) as days
    from core.fact_article as article
    inner join params
        on article.published_date between params.first_day and params.last_day and article.source_id like params.source
    left join core.fact_page as page on page.article_id = article.article_id
    group by article.article_id
),
family_name as (
    select distinct split_part(name, ' ', 1) as name
    from core.dim_person
    where len(string_split(name, ' ')) = 3
    union
    select unnest(
        string_split(
            'An Cha Choe Han Ho Hong Hwang Hyon Jang Jo Jon Jong Ju Kang Kim Ko Kwon Min Mun Nam No'
            || ' O Pae Paek Pak Pang Ri Rim Ro Ryu Sim Sin So Son Song Thae U Yang Yun',
            ' '
        )
    )
),
edit as (
    select
        revision.*,
        list_transform(
            revision.word_changes,
            lambda change: trim(
                concat(
                    if(change.old = '', '', concat('[-', change.old, '-] ')),
                    if(change.new = '', '', concat('{+', change.new, '+}'))
                )
            )
        ) as changes,
        array_to_string(
            list_transform(revision.word_changes, lambda change: concat(change.old, ' | ', change.new)), ' | '
        ) as changed_text
    from marts.revision as revision
    inner join params
        on revision.published_date between params.first_day and params.last_day
        and revision.source_id like params.source
),
person as (
    select found.article_version_id, string_agg(distinct found.name, ', ' order by found.name) as persons
    from (
        select
            article_version_id,
            unnest(regexp_extract_all(changed_text, '\b[A-Z][a-z]{0,6} [A-Z][a-z]{0,6} [A-Z][a-z]{0,6}\b')) as name
        from edit
    ) as found
    inner join family_name on family_name.name = split_part(found.name, ' ', 1)
    where found.name not in ('Kim Il Sung', 'Kim Jong Il', 'Kim Jong Un')
    group by all
)
select
    edit.published_date as published,
    edit.source_id as source,
    edit.new_title,
    edit.is_title_changed as new_heading,
    edit.day_count as days,
    round(1 - edit.similarity, 3) as share_changed,
    edit.change_count as changes,
    regexp_matches(edit.old_title || ' ' || edit.new_title || ' ' || edit.changed_text, '\bKim Jong Un\b') as leader,
    person.persons,
    regexp_matches(
        edit.changed_text,
        '\b(?i:secretar(?:y|ies)|ministers?|directors?|premier|chairm[ae]n|presidents?|commanders?|marshals?'
        || '|generals?)\b'
    ) as offices,
    array_to_string(edit.changes[1:params.shown_changes], ' ') as words,
    (select count(*) from saved where days > 1) as saved_twice,
    (select count(*) from saved) as articles
from edit
cross join params
left join person on person.article_version_id = edit.article_version_id
order by edit.published_date desc, edit.article_id, edit.version_number;
