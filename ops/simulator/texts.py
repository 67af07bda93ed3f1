"""What people say, with names, phones and plates in it, as departments take it down."""

import random

from ops.simulator.people import Person, plate

NOTES = ("已联系社区网格员到场", "现场已拍照留存", "报警人再次来电催促", "已通知物业处理")


def incident(
    rng: random.Random, person: Person, third: Person | None, place: str, says: str
) -> str:
    """A call to the police, 警情内容."""
    who = rng.choice(
        (
            f"报警人{person.name}（电话{person.phone}）称",
            f"{person.name}先生来电，联系电话{person.phone}，称",
            f"报警人{person.name}，身份证{person.resident_id}，称",
        )
    )
    return f"{who}{place or '不详地点'}{says}。{_aside(rng, third)}"


def case(rng: random.Random, person: Person, third: Person | None, place: str, says: str) -> str:
    """The description of a city case, 问题描述."""
    ending = rng.choice(
        (
            "",
            f"上报人{person.name}要求回复，电话{person.phone}。",
            f"请联系{person.name}：{person.phone}。",
        )
    )
    return f"{place or '路边'}{says}。{_aside(rng, third)}{ending}"


def application(
    rng: random.Random, person: Person, third: Person | None, place: str, item: str, says: str
) -> str:
    """The grounds of an application, 申请事由."""
    who = rng.choice(
        (
            f"本人{person.name}（电话{person.phone}）",
            f"申请人{person.name}，联系电话{person.phone}，",
            "",
        )
    )
    where = f"地点{place}。" if place else ""
    return f"{who}因{says}，申请{item}。{where}{_aside(rng, third)}"


def note(rng: random.Random, text: str) -> str:
    """The same text with something added."""
    return f"{text}补充：{rng.choice(NOTES)}。"


def _aside(rng: random.Random, third: Person | None) -> str:
    if third is None:
        return ""
    return rng.choice(
        (
            f"邻居{third.name}（电话{third.phone}）可以作证。",
            f"当事人{third.name}，身份证号{third.resident_id}。",
            f"车主{third.name}，车牌{plate(rng)}，电话{third.phone}。",
            f"业主{third.name}女士多次劝说无果。",
        )
    )
