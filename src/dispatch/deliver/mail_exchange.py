"""Whether mail to a domain arrives: answers of readers, and what bounces."""

from collections.abc import Sequence

from dispatch.model import Diagnosis


def judge(
    domain: str, hosts: Sequence[str], addresses: Sequence[str], *, what: str
) -> Diagnosis:
    """Say whether a domain takes mail; `what` comes there: "answers", "bounces".

    `hosts` are its MX, "" being the null MX. `addresses` are those of the first few;
    without any, of the domain itself, where mail then goes.
    """
    about = f"MX of {domain}"
    if "" in hosts:
        says = f"it takes no mail at all (null MX), so {what} are lost."
        return Diagnosis("fail", about, f"{says} Name a server that takes them.")
    if hosts and not addresses:
        says = f"{hosts[0][:253]} is to take mail, and the DNS has no address of it: "
        return Diagnosis("fail", about, f"{says}{what} are lost.")
    if hosts:
        return Diagnosis("ok", about, f"{what} arrive at {hosts[0][:253]}.")
    if addresses:
        says = f"there is none; {what} go to the host of that name itself."
        return Diagnosis("warn", about, says)
    says = f"no server takes mail for it, so {what} are lost. Publish, of yours:"
    return Diagnosis("fail", about, says, f"{domain}. IN MX 10 YOUR-MAIL-SERVER.")
