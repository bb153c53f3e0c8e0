"""How many plans a second the public mlsysim evaluates.

Run by `cargo bench --bench table` with whatever `mlsysim` the interpreter can import, on the plans named on the
command line. Timed by processor time, each in two ways: its evaluator alone, with all objects built before and
another batch size each time; and from the text of the plan to the answer. Prints one JSON object.
"""

import json
import sys
import time
import warnings
from importlib.metadata import version

import yaml
from mlsysim.cli.schemas import MlsysPlanSchema
from mlsysim.engine.evaluation import SystemEvaluator

SECONDS = 2.0


def read(text: str):
    return MlsysPlanSchema.model_validate(yaml.safe_load(text))


def evaluate(plan, batch: int):
    return SystemEvaluator.evaluate(
        scenario_name=plan.name,
        model_obj=plan.model_obj,
        hardware_obj=plan.hardware_obj,
        batch_size=batch,
        precision=plan.hardware.precision,
        efficiency=plan.hardware.efficiency,
        fleet_obj=plan.fleet_obj,
        nodes=plan.hardware.total_accelerators,
        duration_days=plan.ops.duration_days if plan.ops else None,
    )


def rate(work) -> float:
    work(1)
    start, count = time.process_time(), 0
    while time.process_time() - start < SECONDS:
        count += 1
        work(count)
    return count / (time.process_time() - start)


def main() -> None:
    warnings.simplefilter("ignore")
    rows = []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        plan = read(text)
        rows.append(
            {
                "evaluator": rate(lambda batch: evaluate(plan, batch)),
                "text": rate(lambda _: evaluate(read(text), plan.workload.batch_size)),
            }
        )
    print(json.dumps({"version": version("mlsysim"), "rows": rows}))


if __name__ == "__main__":
    main()
