"""The words of dates: months in ten languages, and what may stand around a date.

English, German, French, Spanish, Italian, Portuguese, Dutch, Danish, Norwegian and
Swedish. No name of a month means another month in another of them.
"""

from dispatch.text import plain

MONTH_NAMES = (
    "jan january januar jänner janvier janv enero ene gennaio gen janeiro januari|"
    "feb february februar feber février fevrier févr fevr febrero febbraio fevereiro "
    "fev februari|"
    "mar march märz maerz mrz mars marzo março marco maart mrt marts|"
    "apr april avril avr abril abr aprile|"
    "may mai mayo maggio mag maio mei maj|"
    "jun june juni juin junio giugno giu junho|"
    "jul july juli juillet juil julio luglio lug julho|"
    "aug august août aout agosto ago augustus augusti|"
    "sep sept september septembre septiembre settembre set setembro|"
    "oct october oktober okt octobre octubre ottobre ott outubro out|"
    "nov november novembre noviembre novembro|"
    "dec december dezember dez décembre decembre déc diciembre dic dicembre dezembro "
    "desember des"
)
MONTHS = {
    name: number
    for number, names in enumerate(MONTH_NAMES.split("|"), start=1)
    for name in names.split()
}
AROUND = plain.lexicon(
    "at on of the until till from st nd rd th and er um uhr kl klokken om uur à às as "
    "alle ore le il el de del den der º ª"
)
WEEKDAYS = plain.lexicon(
    "mon monday tue tues tuesday wed weds wednesday thu thur thurs thursday fri "
    "friday sat saturday sun sunday mo montag di dienstag mi mittwoch do donnerstag "
    "fr freitag sa samstag sonnabend so sonntag lun lundi mardi mer mercredi jeu "
    "jeudi ven vendredi sam samedi dim dimanche lunes martes mié miércoles jue jueves "
    "vie viernes sáb sábado dom domingo lunedì martedì mercoledì gio giovedì venerdì "
    "sab sabato domenica seg segunda ter terça qua quarta qui quinta sex sexta feira "
    "ma maandag dinsdag wo woensdag donderdag vr vrijdag za zaterdag zo zondag man "
    "mandag tir tirsdag ons onsdag tor torsdag fre fredag lør lørdag søn søndag mån "
    "måndag tis tisdag lör lördag sön söndag"
)
FILLERS = AROUND | WEEKDAYS
