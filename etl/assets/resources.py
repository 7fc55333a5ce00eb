"""What assets are given: the settings of one home folder, and the record of the run they belong to."""

from pathlib import Path

import dagster as dg

from etl.runs import RunRecord, RunStore
from etl.settings import Settings
from etl.warehouse import lock


class Warehouse(dg.ConfigurableResource):  # type: ignore[type-arg] # the type argument is for IO managers
    """One home folder with its settings; the folder is the only thing that a run may be told."""

    home: str

    @property
    def settings(self) -> Settings:
        """The settings, with this resource's home."""
        return Settings(home=Path(self.home))

    def writing(self) -> Settings:
        """The settings, after this process became the one writer of the home folder.

        Raises:
            etl.warehouse.lock.BusyError: if another process is writing.
        """
        settings = self.settings
        lock.hold(settings.paths())
        return settings

    def runs(self) -> RunStore:
        """The records of runs."""
        return RunStore(self.settings.paths())

    def record(self, run_id: str) -> RunRecord:
        """The record of one run."""
        return self.runs().load(run_id)
