"""AutoML's metrics, under their keys in the run history.

Definitions: "Evaluate automated machine learning experiment results". Normalised errors are divided by the range of
the target over all training data; weighted metrics weight each class by its true instances; the normalised macro
recall is 0 for guessing and 1 for perfection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    import numpy as np

    Array = np.ndarray[Any, Any]


def regression_metrics(truth: Array, predicted: Array, spread: float) -> dict[str, float]:
    """Return the metrics of predicted numbers; ``spread`` is the range of the target."""
    import numpy as np

    truth, predicted = truth.astype(np.float64), predicted.astype(np.float64)
    error = predicted - truth
    rmse, mae = float(np.sqrt(np.mean(error**2))), float(np.mean(np.abs(error)))
    around = float(np.sum((truth - truth.mean()) ** 2))
    variance = float(np.var(truth))
    return {
        "normalized_root_mean_squared_error": rmse / spread,
        "root_mean_squared_error": rmse,
        "normalized_mean_absolute_error": mae / spread,
        "mean_absolute_error": mae,
        "r2_score": 1 - float(np.sum(error**2)) / around if around else 0.0,
        "explained_variance": 1 - float(np.var(error)) / variance if variance else 0.0,
        "spearman_correlation": _rank_correlation(truth, predicted),
    }


def _rank_correlation(truth: Array, predicted: Array) -> float:
    from scipy.stats import spearmanr

    if truth.std() == 0 or predicted.std() == 0:
        return 0.0
    return float(spearmanr(truth, predicted).statistic)


def classification_metrics(truth: Array, probabilities: Array, classes: int) -> dict[str, float]:
    """Return the metrics of predicted probabilities.

    ``truth`` counts classes from 0; ``probabilities`` has a column for each of ``classes``. Classes that do not
    occur in ``truth`` have no curve and no recall: they are left out of the averages over classes.
    """
    import numpy as np
    from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

    predicted = probabilities.argmax(axis=1)
    guessing = 1 / classes
    recall = float(recall_score(truth, predicted, average="macro", labels=np.unique(truth), zero_division=0))
    weighted = {"average": "weighted", "zero_division": 0}
    return {
        "accuracy": float(accuracy_score(truth, predicted)),
        "balanced_accuracy": recall,
        "norm_macro_recall": (recall - guessing) / (1 - guessing),
        "precision_score_weighted": float(precision_score(truth, predicted, **weighted)),
        "recall_score_weighted": float(recall_score(truth, predicted, **weighted)),
        "f1_score_weighted": float(f1_score(truth, predicted, **weighted)),
        **_curves(truth, probabilities),
    }


def _curves(truth: Array, probabilities: Array) -> dict[str, float]:
    """Areas under the curves of each class against the rest, weighted by its instances."""
    import numpy as np
    from sklearn.metrics import average_precision_score, roc_auc_score

    present = [c for c in np.unique(truth) if 0 < np.mean(truth == c) < 1]
    if not present:
        return {"AUC_weighted": 0.0, "average_precision_score_weighted": 0.0}
    weights = [float(np.mean(truth == c)) for c in present]
    areas = [roc_auc_score(truth == c, probabilities[:, c]) for c in present]
    precisions = [average_precision_score(truth == c, probabilities[:, c]) for c in present]
    return {
        "AUC_weighted": float(np.average(areas, weights=weights)),
        "average_precision_score_weighted": float(np.average(precisions, weights=weights)),
    }
