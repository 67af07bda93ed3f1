"""What the API says of names and borders."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from dashboard.api.shapes import Code12


class Kind(Struct):
    """A code of a source's list, and the hub's kind for it."""

    list: Annotated[str, Meta(description="List that defines the code")]
    version: Annotated[str, Meta(description="Edition of the list")]
    value: Annotated[str, Meta(description="The code as stated")]
    kind_id: Annotated[str, Meta(description="The hub's kind")]
    zh: str
    en: str


class HubKind(Struct):
    """A kind of the hub's own; kinds of several lists may be the same one."""

    kind_id: str
    zh: str
    en: str
    identity: Annotated[str, Meta(description="What makes two requests one matter")]
    work_class: str
    dispose_hours: Annotated[int, Meta(description="Natural hours until disposal is due")]


class Kinds(Struct):
    """Names of kinds."""

    items: Annotated[list[Kind], Meta(description="Codes as sources state them")]
    total: int
    hub: Annotated[list[HubKind], Meta(description="The hub's own kinds")]


class Named(Struct):
    """A value and what it is called."""

    value: str
    zh: str
    en: str


class CodeList(Struct):
    """A list of codes 代码表 that departments state."""

    name: Annotated[str, Meta(description="What the list is for, for example permit_item")]
    rows: list[Named]
    list: Annotated[str, Meta(description="List, as codes name it")]
    version: Annotated[str, Meta(description="Edition; empty where its source states none")]
    zh: str
    en: str
    demo: Annotated[bool, Meta(description="A list of the demo city; a city has its own")]


class Words(Struct):
    """The words that a field of the answers may hold."""

    name: Annotated[str, Meta(description="The field, for example channel")]
    zh: str
    en: str
    rows: list[Named]


class Codes(Struct):
    """Names of codes and of the hub's own words."""

    items: Annotated[list[CodeList], Meta(description="Lists that departments' codes come from")]
    total: int
    words: Annotated[list[Words], Meta(description="The hub's own words, by field")]


class GeoFeature(Struct):
    """A district's border."""

    type: Literal["Feature"]
    id: Code12
    properties: Annotated[
        dict[str, object], Meta(description="code, name, cp (label point: lon, lat)")
    ]
    geometry: Annotated[dict[str, object], Meta(description="GeoJSON geometry")]


class GeoMap(Struct):
    """GeoJSON of the districts. For drawing only: the datum is not stated by its source."""

    type: Literal["FeatureCollection"]
    features: list[GeoFeature]
