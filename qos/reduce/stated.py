"""One published sample: which of its statistics an indicator takes, and what error it has."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from qos.domain.indicator import Indicator, Scale, Statistic
from qos.domain.measurement import METRICS
from qos.methodology import Edition
from qos.stats import scales

_SAMPLE = ["source", "period_start", "period_end", "technology", "operator", "region", "area"]


def samples(rows: pd.DataFrame, indicator: Indicator, edition: Edition) -> pd.DataFrame:
    """One row per sample that says something about the indicator: y, v, n and what it was made from.

    rows: delivered figures of the indicator's metric. An unknown error never becomes zero: it follows from
    n and the spread of the sample, or from the edition.
    """
    wide = _wide(rows)
    wide["sigma2"] = _sigma2(wide, indicator, edition)
    taken = [_taken(wide, indicator, statistic) for statistic in _order(indicator)]
    chosen = pd.concat(taken).groupby(level=0).first() if taken else wide.iloc[:0]
    return _with_errors(chosen, indicator, edition) if len(chosen) else chosen


def _wide(rows: pd.DataFrame) -> pd.DataFrame:
    """Samples, with a column per statistic; counts and errors are those of the sample."""
    key = [rows[name].astype(object).where(rows[name].notna(), "") for name in _SAMPLE]
    sample = pd.MultiIndex.from_arrays(key).factorize(sort=True)[0]
    rows = rows.assign(sample=sample, published=rows["publisher"].notna())
    rows = rows.sort_values(["sample", "statistic", "delivery"])
    rows["statistic"] = rows["statistic"].replace("p50", "median")
    grouped = rows.groupby("sample")
    stated = grouped[["source", "operator", "region", "area"]].first()
    stated = stated.join(grouped[["n_subjects", "n_measurements", "published", "older"]].max())
    stated["deliveries"] = united(rows["sample"].to_numpy(), rows["delivery"], len(stated))
    n = stated["n_subjects"].fillna(stated["n_measurements"]).astype(float)
    stated["n"] = n.where(n > 0)
    for column in ("value", "std_error", "scale"):
        wide = rows.pivot_table(
            index="sample", columns="statistic", values=column, aggfunc="first", dropna=False
        )
        for name in {*_KNOWN, *rows["statistic"]}:
            stated[f"{column}_{name}"] = wide.get(name, np.nan)
    return stated


def united(group: np.ndarray, texts: pd.Series, size: int) -> list[str]:
    """The distinct parts of `;`-separated lists, sorted, per group 0..size-1."""
    found: list[set[str]] = [set() for _ in range(size)]
    for at, text in zip(group, texts, strict=True):
        found[at].update(part for part in text.split(";") if part)
    return [";".join(sorted(parts)) for parts in found]


_KNOWN = ("mean", "geomean", "median", "share", "unknown")


def _sigma2(wide: pd.DataFrame, indicator: Indicator, edition: Edition) -> pd.Series:
    """sigma^2 of the logs of each sample: from its mean and median, shrunk to the source; else assumed."""
    assumed = edition.aggregates
    default = (
        assumed.sigma2_default_delay if METRICS[indicator.metric].unit == "ms" else assumed.sigma2_default
    )
    out = pd.Series(default, index=wide.index)
    for _, part in wide.groupby("source"):
        mean, median, n = (_numbers(part[name]) for name in ("value_mean", "value_median", "n"))
        both = (mean > 0) & (median > 0)
        own = np.full(len(part), np.nan)
        own[both] = scales.sigma2_of_mean_and_median(mean[both], median[both])
        pooled = scales.pooled_sigma2(own, n)
        if np.isfinite(pooled):
            out[part.index] = scales.shrunk_sigma2(own, n, pooled)
    return out


def _numbers(column: pd.Series) -> npt.NDArray[np.float64]:
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)


def _order(indicator: Indicator) -> list[str]:
    """The statistics an indicator takes, the best first."""
    match indicator.statistic:
        case Statistic.GEOMEAN:
            return ["geomean", "median", "mean", "unknown"]
        case Statistic.MEAN:
            return ["mean"]
        case Statistic.QUANTILE:
            return [
                "median" if indicator.probability == 0.5 else f"p{100 * (indicator.probability or 0):.0f}"
            ]
        case Statistic.SHARE:
            return []


def _taken(wide: pd.DataFrame, indicator: Indicator, statistic: str) -> pd.DataFrame:
    """The samples that have a statistic, with their figure and what was done to it."""
    name = f"value_{statistic}"
    if name not in wide:
        return wide.iloc[:0]
    found = wide[wide[name].notna() & (wide[name] > 0)]
    figure, made = found[name].astype(float), ""
    if indicator.statistic is Statistic.GEOMEAN and statistic != "geomean":
        made = "statistic-unknown" if statistic == "unknown" else f"geomean-from-{statistic}"
    if made == "geomean-from-mean":
        figure = pd.Series(scales.geomean_from_mean(_numbers(figure), _numbers(found["sigma2"])), found.index)
    own = {"std_error": found[f"std_error_{statistic}"], "error_scale": found[f"scale_{statistic}"]}
    return found.assign(figure=figure, statistic=statistic, made=made, **own)


def _with_errors(chosen: pd.DataFrame, indicator: Indicator, edition: Edition) -> pd.DataFrame:
    figure, n = chosen["figure"].to_numpy(float), chosen["n"].to_numpy(float)
    inside = scales.open_ratio(figure, n) if indicator.scale is Scale.LOGIT else figure
    v, said = _variance(chosen, inside, indicator, edition)
    unknown = (chosen["statistic"] == "unknown").to_numpy()
    assumed = unknown | (said == "error-unknown")
    v = v + np.where(unknown, edition.aggregates.statistic_unknown_sd**2, 0.0)
    older = np.where(chosen["older"], "older-period", "")
    flags = [
        ";".join(sorted({part for part in parts if part}))
        for parts in zip(chosen["made"], said, older, strict=True)
    ]
    y = scales.transform(inside, indicator.scale)
    return chosen.assign(y=y, v=v, flags=flags, n_inputs=1, assumed=assumed)


def _variance(
    chosen: pd.DataFrame, inside: np.ndarray, indicator: Indicator, edition: Edition
) -> tuple[np.ndarray, np.ndarray]:
    """Sampling variance on the indicator's scale and, where it was not stated, how it was found."""
    n, sigma2 = chosen["n"].to_numpy(float), chosen["sigma2"].to_numpy(float)
    stated = chosen["std_error"].to_numpy(float)
    stated = np.where(stated > 0, stated, np.nan)  # nobody knows a figure without error
    own_scale = (chosen["error_scale"] == "log").to_numpy()
    from_stated = np.where(own_scale, stated**2, scales.scale_variance(inside, stated**2, indicator.scale))
    if indicator.scale is Scale.LOGIT:
        from_n = scales.logit_variance(inside, inside * (1 - inside) / n)
    else:
        statistic = chosen["statistic"].to_numpy()
        from_n = np.select(
            [statistic == "mean", np.isin(statistic, ["geomean"])],
            [scales.log_mean_variance(sigma2, n), scales.log_geomean_variance(sigma2, n)],
            scales.log_median_variance(sigma2, n),
        )
    assumed = edition.aggregates
    nothing = np.where(chosen["published"], assumed.published_std_error, assumed.default_std_error) ** 2
    v = np.where(np.isfinite(stated), from_stated, np.where(np.isfinite(n), from_n, nothing))
    counted = np.where(chosen["n_subjects"].isna(), "n-from-measurements", "")
    said = np.where(np.isfinite(stated), "", np.where(np.isfinite(n), counted, "error-unknown"))
    return v, said
