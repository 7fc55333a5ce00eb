create table core.fact_mention (
    article_id varchar not null,
    section varchar not null,
    kind varchar not null,
    "start" integer not null,
    "end" integer not null,
    entity_id varchar not null,
    surface varchar not null,
    rule varchar not null,
    role varchar not null
);

comment on table core.fact_mention is 'Places, persons, organisations, countries and newspapers named in articles, one row per mention in the current wording. For counts of what texts are about, keep role = ''plain''. Names are read in Latin letters: articles in Korean have hardly any mention, which is no silence.';
comment on column core.fact_mention.article_id is 'The article, see core.fact_article; key together with section, kind, start and end.';
comment on column core.fact_mention.section is 'title or body.';
comment on column core.fact_mention.kind is 'place, person, organization, country or newspaper: which table entity_id belongs to.';
comment on column core.fact_mention."start" is 'First character of the mention in title or body, counted from 0. The name needs double quotes in SQL, as does end.';
comment on column core.fact_mention."end" is 'Character after the last one; substring(body, "start" + 1, "end" - "start") is the surface.';
comment on column core.fact_mention.entity_id is 'Key in core.dim_place, dim_person, dim_organization, dim_country or dim_newspaper, by kind.';
comment on column core.fact_mention.surface is 'The mention as written. In a list such as South Phyongan and North Hwanghae provinces each name is a mention of its own.';
comment on column core.fact_mention.rule is 'How it was found: dictionary, place_unit (with its word for province, city or county), place_list, place_bare, place_in_name, dateline, korean_full, korean_two, family, foreign_full, foreign_again, foreign_family or closing_noun.';
comment on column core.fact_mention.role is 'plain; in_org_name (inside the name of an organisation), award (inside the name of an order or prize), adjective (as in Russian), dateline (where the text was filed) or press_review (in a list of what papers print).';

insert into core.fact_mention
-- Rows keep the order of the clean parts, by days; to sort so many takes longer than all else.
select article_id, section, kind, "start", "end", entity_id, surface, rule, role
from clean.mention;
