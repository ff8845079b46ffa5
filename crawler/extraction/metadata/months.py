"""Names of months, weekdays and the small words of dates, folded (lower case, no accents), in the languages we meet.

French is complete with its abbreviations; the others are full names, in the form dates use, and usual short forms.
"""

from crawler.extraction.metadata.wording import unaccented

# Months are separated by commas, the names of one month by blanks.
FRENCH = (
    "janvier janv jan, fevrier fevr fev, mars mar, avril avr, mai, juin jun, juillet juil jui jul, aout aou, "
    "septembre sept sep, octobre oct, novembre nov, decembre dec"
)
OTHERS = {
    "English": "january jan, february feb, march mar, april apr, may, june jun, july jul, august aug, "
    "september sept sep, october oct, november nov, december dec",
    "German and Austrian": "januar janner jan, februar feber feb, marz mrz, april apr, mai, juni jun, juli jul, "
    "august aug, september sept sep, oktober okt, november nov, dezember dez",
    "Spanish": "enero ene, febrero feb, marzo mar, abril abr, mayo may, junio jun, julio jul, agosto ago, "
    "septiembre setiembre sept sep, octubre oct, noviembre nov, diciembre dic",
    "Italian": "gennaio gen, febbraio feb, marzo mar, aprile apr, maggio mag, giugno giu, luglio lug, agosto ago, "
    "settembre set, ottobre ott, novembre nov, dicembre dic",
    "Portuguese": "janeiro jan, fevereiro fev, marco mar, abril abr, maio mai, junho jun, julho jul, agosto ago, "
    "setembro set, outubro out, novembro nov, dezembro dez",
    "Dutch": "januari jan, februari feb, maart mrt, april apr, mei, juni jun, juli jul, augustus aug, "
    "september sep, oktober okt, november nov, december dec",
    "Polish": "stycznia styczen, lutego luty, marca marzec, kwietnia kwiecien, maja maj, czerwca czerwiec, "
    "lipca lipiec, sierpnia sierpien, wrzesnia wrzesien, pazdziernika pazdziernik, listopada listopad, "
    "grudnia grudzien",
    "Czech": "ledna, unora, brezna, dubna, kvetna, cervna, cervence, srpna, zari, rijna, listopadu, prosince",
    "Swedish, Danish, Norwegian": "januari januar, februari februar, mars marts, april, maj mai, juni, juli, "
    "augusti august, september, oktober, november, december desember",
    "Finnish": "tammikuuta, helmikuuta, maaliskuuta, huhtikuuta, toukokuuta, kesakuuta, heinakuuta, elokuuta, "
    "syyskuuta, lokakuuta, marraskuuta, joulukuuta",
    "Hungarian": "januar, februar, marcius, aprilis, majus, junius, julius, augusztus, szeptember, oktober, "
    "november, december",
    "Turkish": "ocak, subat, mart, nisan, mayis, haziran, temmuz, agustos, eylul, ekim, kasim, aralik",
    "Romanian": "ianuarie, februarie, martie, aprilie, mai, iunie, iulie, august, septembrie, octombrie, "
    "noiembrie, decembrie",
    "Russian and Ukrainian": "января січня, февраля лютого, марта березня, апреля квітня, мая травня, июня червня, "
    "июля липня, августа серпня, сентября вересня, октября жовтня, ноября листопада, декабря грудня",
    "Bulgarian": "януари, февруари, март, април, май, юни, юли, август, септември, октомври, ноември, декември",
    "Greek": "ιανουαριου, φεβρουαριου, μαρτιου, απριλιου, μαιου, ιουνιου, ιουλιου, αυγουστου, σεπτεμβριου, "
    "οκτωβριου, νοεμβριου, δεκεμβριου",
}


def number_months() -> dict[str, int]:
    """Folded name -> month; where two languages disagree about a name, French wins, then the order above.

    `listopada` is November in Polish; `listopadu` November in Czech, so the forms kept here never collide.
    """
    numbers: dict[str, int] = {}
    for language in (FRENCH, *OTHERS.values()):
        for month, names in enumerate(language.split(","), start=1):
            for name in names.split():
                numbers.setdefault(unaccented(name), month)
    return numbers


MONTHS = number_months()
