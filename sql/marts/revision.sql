create table marts.revision (
    article_version_id varchar not null,
    article_id varchar not null,
    source_id varchar not null,
    published_date date not null,
    version_number integer not null,
    old_title varchar not null,
    new_title varchar not null,
    is_title_changed boolean not null,
    old_last_captured_date date,
    new_first_captured_date date,
    day_count integer,
    similarity double not null,
    change_count bigint not null,
    word_changes struct(old varchar, new varchar)[] not null
);

comment on table marts.revision is 'Silent edits: one row per wording of an article that replaced an earlier one, with what changed. Only what was captured is known: an edit between two captures of the same wording is not seen.';
comment on column marts.revision.article_version_id is 'Key: the new wording, see core.fact_article_version.';
comment on column marts.revision.article_id is 'The article, see core.fact_article.';
comment on column marts.revision.source_id is 'Outlet, see core.dim_source.';
comment on column marts.revision.published_date is 'Day of publication, the same for both wordings.';
comment on column marts.revision.version_number is 'Number of the new wording among the versions of the article.';
comment on column marts.revision.old_title is 'Title before.';
comment on column marts.revision.new_title is 'Title after.';
comment on column marts.revision.is_title_changed is 'Whether the title changed.';
comment on column marts.revision.old_last_captured_date is 'Last capture of the wording before; null where no page says.';
comment on column marts.revision.new_first_captured_date is 'First capture of the new wording; null where no page says.';
comment on column marts.revision.day_count is 'Days between these two captures, the longest that the edit can have taken; null where a page does not say, negative where the old wording was captured again later.';
comment on column marts.revision.similarity is 'Share of words that stayed in order, 0 to 1.';
comment on column marts.revision.change_count is 'Number of changed runs of words, in title and text.';
comment on column marts.revision.word_changes is 'What was removed (old) and what was added (new), in order.';

insert into marts.revision
select
    new.article_version_id,
    new.article_id,
    article.source_id,
    article.published_date,
    new.version_number,
    old.title,
    new.title,
    old.title <> new.title,
    old.last_captured_date,
    new.first_captured_date,
    date_diff('day', old.last_captured_date, new.first_captured_date),
    new.similarity,
    len(new.word_changes),
    new.word_changes
from core.fact_article_version as new
inner join core.fact_article_version as old
    on old.article_id = new.article_id and old.version_number = new.version_number - 1
inner join core.fact_article as article on article.article_id = new.article_id
order by article.published_date desc, new.article_id, new.version_number;
