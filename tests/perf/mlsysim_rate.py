"""How many plans a second the public mlsysim evaluates, each with another batch size.

Run by `cargo bench --bench table` with whatever `mlsysim` the interpreter can import. The plan's objects are
built once and only the evaluator is timed, by processor time: the fastest way it offers. Prints one JSON
object for the plan named on the command line.
"""

import json
import sys
import time
import warnings
from importlib.metadata import version

import yaml
from mlsysim.cli.schemas import MlsysPlanSchema
from mlsysim.engine.evaluation import SystemEvaluator


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        raw = yaml.safe_load(file)
    raw.pop("physics", None)
    plan = MlsysPlanSchema.model_validate(raw)

    def evaluate(batch: int):
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

    warnings.simplefilter("ignore")
    evaluate(1)
    start, count = time.process_time(), 0
    while time.process_time() - start < 3.0:
        count += 1
        evaluate(count)
    seconds = time.process_time() - start
    print(json.dumps({"version": version("mlsysim"), "plans_per_second": count / seconds}))


if __name__ == "__main__":
    main()
