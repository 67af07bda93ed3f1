"""The codes that the two departments write, and the words people use about them.

City kinds: GB/T 47678.5-2026, as far as public sources name them. Component and police kinds: lists
of this demo city; no public source gives official values.
"""

from dataclasses import dataclass

GB = "GB/T 47678.5-2026"
COMPONENTS = "ezhou.component-demo-1"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind as its department codes it; reports of one `matter` at one place are one thing."""

    code: str
    name: str
    matter: str  # empty where two reports are never about one thing
    standard: str  # 小类标准; empty for the police's own list
    says: str  # what a caller says, after the place


HAPPENINGS = (
    Kind("06001", "私搭乱建", "building", GB, "有人在楼顶私自搭建雨棚"),
    Kind("06010", "暴露垃圾", "rubbish", GB, "垃圾成堆，几天无人清理"),
    Kind("06020", "焚烧垃圾", "burning", GB, "有人焚烧垃圾，烟味很大"),
    Kind("06027", "油烟污染", "fumes", GB, "餐馆油烟直排，家中无法开窗"),
    Kind("06028", "噪声扰民", "noise", GB, "夜间音响声音很大，无法休息"),
    Kind("06029", "露天烧烤", "barbecue", GB, "夜间露天烧烤，油烟和噪声都很大"),
    Kind("08001", "施工扰民", "works", GB, "清晨装修施工，电钻声不停"),
    Kind("09005", "店外经营", "shop", GB, "商铺把货物摆到店外"),
    Kind("09006", "占道经营", "vending", GB, "流动摊贩占道，行人难走"),
    Kind("09009", "机动车乱停", "parking", GB, "小汽车乱停，堵住出入口"),
    Kind("09012", "占用消防通道", "lane", GB, "消防通道被占，救援车辆进不来"),
)
ASSETS = (
    Kind("C01", "井盖", "", COMPONENTS, "井盖破损，行人容易踩空"),
    Kind("C02", "路灯", "", COMPONENTS, "路灯不亮，夜里看不清路"),
    Kind("C03", "垃圾箱", "", COMPONENTS, "垃圾箱倾倒损坏"),
    Kind("C04", "消防栓", "", COMPONENTS, "消防栓漏水"),
)
POLICE = (
    Kind("P10", "盗窃", "", "", "停放的电动车被盗"),
    Kind("P20", "高空抛物", "", "", "楼上往下扔东西，险些砸到行人"),
    Kind("P30", "邻里纠纷", "", "", "为楼道堆物争吵，请求调解"),
    Kind("P41", "噪声扰民", "noise", "", "楼上深夜放音响，多次劝说无效"),
    Kind("P42", "违法停车", "parking", "", "小汽车停在出入口，无法通行"),
    Kind("P43", "占用消防通道", "lane", "", "消防通道停满车辆"),
    Kind("P44", "焚烧垃圾", "burning", "", "有人在空地烧垃圾，浓烟很大"),
    Kind("P90", "其他", "", "", "水管爆裂，楼道积水"),
)
CRIMINAL = ("P10", "P20")  # never passed to a community
SHARED = tuple(kind.matter for kind in POLICE if kind.matter)  # matters that both systems know

UNKNOWN_HAPPENING, UNKNOWN_INCIDENT = "99999", "P99"

DEPARTMENTS = (
    "市城管执法委",
    "市住建局",
    "市生态环境局",
    "市交警支队",
    "市消防救援支队",
    "市环卫中心",
)
STAGES = ("受理", "派遣", "处置", "核查")
CLOSED_STAGE, VOID_STAGE = "结案", "作废"


def of_matter(kinds: tuple[Kind, ...], matter: str) -> Kind:
    """The kind under which these kinds code a matter."""
    return next(kind for kind in kinds if kind.matter == matter)
