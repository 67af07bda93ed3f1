"""Takes what is personal out of free text: ids, phones, plates, names, rooms.

The original is sealed beside it, so the copy rather hides a word too many than one too few.
Patterns: GB 11643 (resident id), the numbering plan of the mobile and fixed networks, GA 36
(plates); names by the row's own fields, by cue words and by titles.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from adapters.kit.addresses import compact, narrowed, parse

NAME, PHONE, ID, PLATE, ACCOUNT = "【姓名】", "【电话】", "【证件】", "【车牌】", "【账号】"
LONGEST = 500
"""Characters of a redacted copy: a summary, not the file."""

READ = 8_000
"""Characters that are read for it: time grows with the square of a text without a word in it."""

CUT = 40
"""Characters at the end of what is read that may be half of something."""

_SURNAMES = "".join(Path(__file__).with_name("surnames.txt").read_text("utf-8").split())
"""Surnames of one character: 百家姓 and those common today beside it."""

_ALSO_WORDS = (
    "家从能那别后相公都经通和时水花国双空越终养须益居满利红东广明干支云山井秋富平计海门由初"
)
"""Rare surnames that are far more often a word: in doubt they count as the word."""

_DOUBLE = "欧阳|司马|上官|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯"
_SURNAME = f"(?:{_DOUBLE}|[{_SURNAMES}])"
_LIKELY_SURNAME = f"(?:{_DOUBLE}|[{''.join(sorted(set(_SURNAMES) - set(_ALSO_WORDS)))}])"
_HAN = "[\u4e00-\u9fff]"
_TITLE = (
    "(?:先生|女士|小姐|太太|师傅|大爷|大妈|大叔|大姐|大哥|阿姨|叔叔|婆婆|爹爹|爷爷|奶奶|嫂子"
    "|老师|同志|经理|医生|警官|主任|书记)"
)
_SURE_CUE = (
    "(?:我叫|我是|名叫|叫做|名为|姓名|联系人|报警人|报案人|举报人|投诉人|上报人|来电人|当事人)"
)
_CUE = "(?:业主|邻居|住户|租户|租客|房东|户主|车主|店主|老板|居民|其子|其女|其妻|其夫)"
_NO_NAME = (
    "高空|高声|高音|高楼|车辆|车主|车位|房屋|房子|房东|方便|路边|路面|安全|安装|任何|成员|严重|"
    "于是|同时|向我|关于|水管|温度|管道|白天|马路|包装|应该|连续|石头|江边|平时|时常|明明|经常|"
    "许多|单元|单位|施工|司机|全部|全家|和我|和物|单独|边上|游客|成堆|文明|左右|华容|关门|金属"
)
_SEPARATOR = r"[:：为是\s,，、（(【\[]{0,2}"

Change = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]
_CHANGES: tuple[Change, ...] = (
    (re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15})(?![0-9A-Za-z])"), ID),
    (re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"), PHONE),
    (re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"), PHONE),
    (re.compile(r"(?<=[话机系号][:：是为])\s*\d{7,8}(?!\d)"), PHONE),
    (re.compile(r"(?<![0-9A-Za-z])\d{16,19}(?!\d)"), ACCOUNT),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+", re.ASCII), ACCOUNT),
    (re.compile(r"((?:微信|QQ|qq)号?[:：是为]?\s*)[A-Za-z0-9_-]{5,20}"), rf"\1{ACCOUNT}"),
    (
        re.compile(
            "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]"
            r"[A-HJ-NP-Za-hj-np-z][·•.\- ]?[A-HJ-NP-Za-hj-np-z0-9]{4,5}"
            "[A-HJ-NP-Za-hj-np-z0-9挂学警港澳]"
        ),
        PLATE,
    ),
    (re.compile(rf"{_SURNAME}(?:{_HAN}{{1,2}})?(?={_SEPARATOR}(?:{PHONE}|{ID}))"), NAME),
    (re.compile(rf"{_LIKELY_SURNAME}{_HAN}{{0,2}}?(?={_TITLE})"), NAME),
    (re.compile(rf"({_SURE_CUE}{_SEPARATOR}){_SURNAME}{_HAN}{{1,2}}"), rf"\1{NAME}"),
    (
        re.compile(rf"({_CUE}{_SEPARATOR})(?!{_NO_NAME}){_LIKELY_SURNAME}{_HAN}{{1,2}}"),
        rf"\1{NAME}",
    ),
    (re.compile(r"(\d{1,3}[-—]\d{1,2})[-—]\d{3,4}(?!\d)"), r"\1"),
    (
        re.compile(
            r"((?:单元|栋|幢|号楼|#楼|座)[-—]?)\d{2,4}(?:室|号房|号|房|户)?(?![\d栋幢#年月日])"
        ),
        r"\1",
    ),
    (re.compile(r"[零〇一二三四五六七八九十\d]{2,5}(?:室|号房)"), ""),
    (re.compile(r"((?:单元|栋|幢|号楼|#楼|座))[一二三四五六七八九十\d]{1,3}(?:楼|层)"), r"\1"),
)


def redact(text: str, names: Iterable[str] = ()) -> str:
    """The text without ids, phones, plates, accounts, names and rooms; at most LONGEST characters.

    `names` are the row's own: they go out wherever they stand.
    """
    whole = narrowed(text).strip()
    copy = whole[:READ]
    for name in sorted({name.strip() for name in names}, key=len, reverse=True):
        if len(name) > 1:
            copy = copy.replace(narrowed(name), NAME)
    for pattern, instead in _CHANGES:
        copy = pattern.sub(instead, copy)
    shown = copy if len(whole) <= READ else copy[:-CUT]
    return shown[:LONGEST]


@lru_cache(maxsize=65_536)
def redact_address(address: str) -> str:
    """The address down to the building's unit: neither room nor who lives there."""
    parsed = parse(address)
    if parsed.building is None:
        return redact(compact(address))
    return redact(parsed.shown)
