"""What people apply for, and what the platform asks of their community.

Items: a list of this demo city (ezhou.permit.item, demo-1); no public source gives them with
codes. Types: 政务服务事项类型. Proofs 证明: the 21 that Hubei's communities must not issue (2021),
and two of the demo city that they may.
"""

from dataclasses import dataclass
from typing import Literal

Act = Literal["", "opinion", "site_check", "proof"]
WRITTEN: dict[Act, str] = {"": "", "opinion": "意见", "site_check": "现场核查", "proof": "证明"}

CHANNELS = (("网上", "掌上", "窗口", "自助终端"), (40, 28, 22, 10))  # with their shares
UNKNOWN_ITEM = "Y99"


@dataclass(frozen=True, slots=True)
class Item:
    """A service item; `act` is what its community must do before it is decided."""

    code: str
    name: str
    sort: str  # 事项类型
    act: Act
    department: str
    says: str  # what an applicant says about it


ITEMS = (
    Item("Y01", "食品经营许可", "01", "site_check", "市市场监管局", "开一家早餐店"),
    Item("Y02", "公共场所卫生许可", "01", "site_check", "市卫健委", "开一家理发店"),
    Item("Y03", "临时占用城市道路审批", "01", "opinion", "市城管执法委", "店庆当天在门前搭台"),
    Item("Y04", "户外广告设置审批", "01", "opinion", "市城管执法委", "在门头上方装一块灯箱"),
    Item("Y05", "最低生活保障给付", "05", "site_check", "市民政局", "家中收入难以为继"),
    Item("Y06", "临时救助给付", "05", "proof", "市民政局", "家人住院，一时周转困难"),
    Item("Y07", "残疾人证办理", "07", "", "市残联", "办理第一本证"),
    Item("Y08", "不动产登记", "07", "", "市自然资源和规划局", "房屋过户"),
    Item("Y09", "机动车号牌核发", "01", "", "市公安局", "新买的摩托车上牌"),
    Item("Y10", "社保卡申领", "20", "", "市人社局", "社保卡损坏补办"),
    Item("Y11", "就业登记", "20", "", "市人社局", "在本地找到工作"),
    Item("Y12", "民办幼儿园设立审批", "01", "opinion", "市教育局", "办一所幼儿园"),
)


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that a community is asked for, by the list it stands in."""

    standard: str  # 证明目录
    code: str

    @property
    def prohibited(self) -> bool:
        return self.standard == PROHIBITED


PROHIBITED, ALLOWED = "hubei.community_proof-2021", "ezhou.community_proof-demo-1"
PROHIBITED_PROOFS = tuple(Proof(PROHIBITED, f"{number:02d}") for number in range(1, 22))
ALLOWED_PROOFS = (Proof(ALLOWED, "K01"), Proof(ALLOWED, "K02"))
