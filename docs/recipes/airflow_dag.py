"""A DAG that reports what AI agents declare about data risk, and holds it against your limits, on working days.

For Airflow 3 with its standard provider. ``datarisk`` is installed where tasks run; ``/etc/datarisk`` holds
``datarisk-run.toml``, ``datarisk-waivers.toml``, the token and the webhook.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException, AirflowFailException

INCOMPLETE = 3
MEANING = {
    1: "findings are beyond the limits; somebody has to look at them",
    2: "the call or its settings are wrong",
    INCOMPLETE: "the evidence is not complete, so nothing may be concluded",
    75: "the run before this one still goes on",
}


class RunOperator(BashOperator):
    """Tries again where the evidence is incomplete, and nowhere else.

    A BashOperator takes every status but 0 for a reason to try again, and 99 for one to skip.
    """

    def execute(self, context: Any) -> str:
        """Makes the reports; the last line that is said of them goes to XCom."""
        ended = self.subprocess_hook.run_command(
            command=["/bin/sh", "-c", self.bash_command], env=self.get_env(context), cwd=self.cwd
        )
        if ended.exit_code == 0:
            return str(ended.output)
        words = f"status {ended.exit_code}: {MEANING.get(ended.exit_code, 'a fault of datarisk or of the machine')}"
        raise AirflowException(words) if ended.exit_code == INCOMPLETE else AirflowFailException(words)


with DAG(
    dag_id="data_risk",
    schedule="17 5 * * 1-5",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["data risk"],
):
    RunOperator(
        task_id="run",
        bash_command="exec datarisk run /etc/datarisk/datarisk-run.toml",
        append_env=True,
        env={
            "PREFACTOR_API_TOKEN_FILE": "/etc/datarisk/token",
            "PRIVACY_WEBHOOK_FILE": "/etc/datarisk/webhook",
        },
        retries=2,
        retry_delay=timedelta(minutes=2),
        execution_timeout=timedelta(minutes=30),
    )
