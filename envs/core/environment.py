"""An environment as the engine sees it: parameters, declaration, state and kernels, from one file or a wrapper."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from .certificate import Certificate
from .fusing import specialise
from .kernel import kernel
from .spec import Spec

REQUIRED = ("start", "begin", "apply", "observe")
OPTIONAL = ("chance", "pick", "legal", "info", "payoffs")


class Last(NamedTuple):
    """What a picture may show besides the state: clock, last actions (None after a reset), last rewards and the
    rewards of the episode so far (arrays, one number a player).
    """

    clock: int
    actions: Any
    rewards: np.ndarray
    total: np.ndarray


@dataclass(frozen=True, eq=False)
class Environment:
    """One configured environment.

    ``kernels`` holds every name of the contract; those that the environment leaves out are absent from ``defined`` and
    are bound to a kernel that does nothing. ``slug`` names its compiled code in the cache. ``expected`` makes the
    environment of the same states and transitions whose rewards are the means, where this one draws its rewards from
    continuous distributions. ``regions`` names sets of states (rooms, tasks): given a state of any number of lanes it
    returns bool (lanes,) by name. ``places`` puts states on a map: given a state, it returns int (lanes, 3), the number
    of the panel, the row and the column.
    """

    id: str
    knobs: Mapping[str, Any]
    spec: Spec
    params: Any
    allocate: Callable[[int], Any]
    kernels: Mapping[str, Any]
    defined: frozenset[str]
    slug: str
    ansi: Callable[..., str] | None = None
    paint: Callable[..., np.ndarray] | None = None
    certify: Callable[[], Certificate | None] | None = None
    expected: Callable[[], Environment] | None = None
    regions: Callable[[Any], dict[str, np.ndarray]] | None = None
    places: Callable[[Any], np.ndarray] | None = None

    @property
    def has_model(self) -> bool:
        """Whether the states and transitions can be listed in principle (see `regretlab.envs.core.model`)."""
        drawn = self.spec.sampled and self.expected is None
        return self.spec.enumerable and not drawn and "legal" not in self.defined

    def __deepcopy__(self, memo: dict[int, Any]) -> Environment:
        """Return the environment itself, which never changes (copied parameters would no longer be read-only)."""
        return self

    def new_state(self, lanes: int) -> Any:
        """Allocate the state of ``lanes`` lanes, with the lane parameters at their defaults."""
        state = self.allocate(lanes)
        for name, value in self.spec.lane_parameters.items():
            getattr(state, name)[:] = value
        return state


def from_module(
    module_name: str, id: str, knobs: Mapping[str, Any], fixed: Mapping[str, Any] = MappingProxyType({})
) -> Environment:
    """Build the environment that the module ``module_name`` defines, with checked ``knobs``, which a user may turn, and
    ``fixed`` arguments, which tell several environments of one module apart.

    A module either defines the contract's functions or one function ``environment(**knobs)`` that makes an
    environment of another one. ``kernels(p)`` may return kernels by name that replace the module's own for some
    parameters (None: left out), and the name ``PLAYERS`` in a kernel's module stands for the number of players.
    ``means(p)`` may return the parameters of the environment of the same states that pays the mean rewards, where
    rewards are drawn from continuous distributions, or else None. ``regions(p, s)`` and ``places(p, s)`` are optional,
    see `Environment`.
    """
    module = importlib.import_module(module_name)
    if hasattr(module, "environment"):
        inner = module.environment(**knobs, **fixed)
        return _renamed(inner, id, knobs, module)
    missing = [name for name in ("params", "spec", "allocate", *REQUIRED) if not hasattr(module, name)]
    if missing:
        raise TypeError(f"{module_name} does not define {', '.join(missing)}, which an environment must")
    return _with_params(module, id, knobs, freeze(module.params(**knobs, **fixed)))


def _with_params(module: Any, id: str, knobs: Mapping[str, Any], p: Any) -> Environment:
    declared = module.spec(p)
    kernels = {name: getattr(module, name) for name in (*REQUIRED, *OPTIONAL) if hasattr(module, name)}
    if hasattr(module, "kernels"):
        kernels.update(module.kernels(p))
    certify = getattr(module, "certificate", None)
    means = module.means(p) if hasattr(module, "means") else None
    regions, places = getattr(module, "regions", None), getattr(module, "places", None)
    return assemble(
        id=id,
        knobs=knobs,
        spec=declared,
        params=p,
        allocate=lambda lanes: module.allocate(p, lanes),
        kernels={
            name: specialise(kernel, {"PLAYERS": declared.players})
            for name, kernel in kernels.items()
            if kernel is not None
        },
        ansi=getattr(module, "ansi", None),
        paint=getattr(module, "paint", None),
        certify=None if certify is None else lambda: certify(p),
        expected=None if means is None else lambda: _with_params(module, id, knobs, freeze(means)),
        regions=None if regions is None else lambda s: regions(p, s),
        places=None if places is None else lambda s: places(p, s),
    )


def assemble(*, kernels: Mapping[str, Any], id: str, slug: str | None = None, **parts: Any) -> Environment:
    """Make an `Environment` from its parts, binding the kernels that are left out to ones that do nothing."""
    defined = frozenset(kernels)
    spec: Spec = parts["spec"]
    if spec.stages and "chance" not in defined:
        raise TypeError(f"{id}: spec.stages is {spec.stages} but there is no chance kernel")
    if spec.info and "info" not in defined:
        raise TypeError(f"{id}: spec.info names {spec.info} but there is no info kernel")
    return Environment(
        id=id,
        kernels={**_ABSENT, **kernels},
        defined=defined,
        slug=slug or id,
        **parts,
    )


def freeze(params: Any) -> Any:
    """Return ``params`` with every array contiguous and read-only, so that one type is compiled for all of them."""
    if isinstance(params, tuple) and hasattr(params, "_fields"):
        return type(params)(*(freeze(value) for value in params))
    if isinstance(params, np.ndarray):
        frozen = np.ascontiguousarray(params).copy()
        frozen.setflags(write=False)
        return frozen
    return params


def _renamed(inner: Environment, id: str, knobs: Mapping[str, Any], module: Any) -> Environment:

    certify = getattr(module, "certificate", None)
    return dataclasses.replace(
        inner,
        id=id,
        knobs=dict(knobs),
        ansi=getattr(module, "ansi", inner.ansi),
        paint=getattr(module, "paint", inner.paint),
        certify=inner.certify if certify is None else lambda: certify(inner),
    )


@kernel
def _no_chance(p, s, i, a, c, stage, prob):
    prob[0] = 1.0
    return 1


@kernel
def _no_pick(p, s, i, a, c, stage, u):
    return 0


@kernel
def _nothing(p, s, i, out):
    pass


@kernel
def _no_payoffs(p, s, i, a, u):
    pass


_ABSENT = {"chance": _no_chance, "pick": _no_pick, "legal": _nothing, "info": _nothing, "payoffs": _no_payoffs}
