"""The set phrases by which a page speaks of itself: "Lire aussi", "Abonnez-vous", "Page introuvable".

Patterns, one idea a line, French first; other languages of the press are there because unions and papers link to them.
They describe habits of all publishers, never one publisher's wording.
"""

import re
from collections.abc import Iterable


def join_patterns(patterns: Iterable[str]) -> str:
    """One pattern that fits where any of them does."""
    return "(?:" + "|".join(patterns) + ")"


_FRENCH_NOTICES = (
    r"(?:à |a )?(?:lire|voir|écouter|découvrir|retrouver|consulter)\s+(?:aussi|également|encore|la suite|plus)\b",
    r"(?:à lire|sur le même sujet|dans la même rubrique|articles? (?:liés|similaires|associés))\b",
    r"(?:pour aller plus loin|notre dossier)\W*$",
    r"il vous reste\s+[\d.,]+\s*%",
    r"(?:la suite est réservée|(?:cet )?article réservé|cet article est réservé|contenu réservé)\b",
    r"réservé (?:à nos|aux) abonnés",
    r"(?:déjà )?abonnée?s?\s*\?",
    r"(?:abonnez-vous|je m.abonne|s.abonner|connectez-vous|se connecter|inscrivez-vous|s.inscrire)\b",
    r"créez (?:un|votre) compte\b",
    r"(?:recevez|recevoir) (?:toute|nos|notre|la|les|chaque|gratuitement).{0,80}(?:newsletter|lettre|e-?mail|alertes?)",
    r"cet article est paru dans\b",
    r"(?:partager|partagez) (?:cet|cette|sur|l)\b",
    r"(?:suivez[- ](?:nous|notre|toute l)|rejoignez-nous)\b",
    r"(?:voir|lire|afficher|laisser|ajouter|poster|écrire)\s+(?:les?|un|tous les|vos)\s+(?:\d+\s+)?"
    r"(?:commentaires?|contributions?|réactions?)",
    r"\d*\s*commentaires?\s*(?:\(\d+\))?$",
    r"(?:réagir|vos réactions|publicité|annonce|contenu sponsorisé|imprimer)\W*$",
    r"temps de lecture\b",
    r"lecture\s*:?\s*\d+\s*min",
    r"(?:crédits?\s+photos?|photos?\s*[:©]|©|\(c\)|copyright|tous droits réservés|reproduction interdite)",
    r"(?:mots[- ]clés|étiquettes|tags?\s*:?\s*$)",
    r"(?:par .{2,80}\W\s*)?(?:publié|posté|mis en ligne|mis à jour|modifié|actualisé|mise à jour)"
    r"\s+(?:le|à|il y a|par)\b.{0,80}$",
    r".{0,80}\btous droits réservés\W*$",
    r"signaler (?:un|une|ce|cet)\b",
    r"(?:nous utilisons|ce site utilise) des cookies",
    r"(?:en poursuivant votre navigation|accepter (?:et|les cookies))",
    r"(?:faites? (?:nous )?un don|soutenez[- ]nous|cet article vous a plu|pour nous soutenir)\b",
)
_ENGLISH_NOTICES = (
    r"(?:read (?:more|also|next|this)|see also|you may also like|also (?:read|on)|people are also reading)\b",
    r"related\b(?:\W|stor|article|post|link|content)*[:\]]",
    r"related (?:stor\w+|articles?|posts?|links?|content|topics?)\W*$",
    r"explore more\W*$",
    r"(?:sign up|subscribe|log in|sign in|register)\b(?:.{0,120}\b(?:newsletter|inbox|account|now|here|to|for)\b|\W*$)",
    r"(?:get the latest|our journalism needs|thank you for visiting|all rights reserved)\b",
    r"share (?:this|or comment)\b",
    r"(?:follow|listen to|reach|contact) (?:us|him|her|the reporters?|me|\w+ (?:on|at))\b",
    r"advertisement\W*$",
    r"this (?:article|story) (?:appeared|was originally|originally)\b",
    r"(?:additional reporting|with (?:files|reports|reporting) from)\b",
    r"comments?\s*(?:\(\d+\))?$",
)
_OTHER_NOTICES = (
    r"(?:lesen sie (?:auch|mehr|hier|dazu)|mehr zum thema|zum artikel|auch interessant|das könnte sie)\b",
    r"(?:jetzt (?:abonnieren|anmelden|testen)|fehler gefunden|hat ihnen dieser artikel|wie hat ihnen)\b",
    r"mit (?:informationen|material) (?:der|von)\b",
    r"(?:teilen|kommentare|anzeige|reklama|komentarze)\W*$",
    r"(?:wasze komentarze|czytaj (?:też|także|również|więcej)|zobacz (?:też|także|również)|artykuł pochodzi z)\b",
    r"(?:les (?:også|mer)|lees (?:ook|meer)|läs (?:också|även|mer)|læs (?:også|mere)|lue myös)\b",
    r"l(?:ee|ea|eia) (?:también|más|mas|mais|também|aún|ainda)\b",
    r"(?:te puede interesar|suscr[ií]bete|leggi anche|iscriviti|tempo de leitura)\b",
    r"compart(?:ir|e|ilhe)\W*$",
    r"(?:читайте|ссылки по теме|подпис(?:ывайтесь|аться)|διαβάστε)\b",
)

# A short line that begins so is a notice of the page, not a sentence of the article.
NOTICE = re.compile(r"^\W*" + join_patterns((*_FRENCH_NOTICES, *_ENGLISH_NOTICES, *_OTHER_NOTICES)), re.IGNORECASE)
ADDRESS_LINE = re.compile(r"^\W*(?:\S+@\S+\.\w+|(?:https?://|www\.|twitter\.com/)\S+)\W*$", re.IGNORECASE)
REACH = re.compile(
    r"(?:may|can) be reached at|follow (?:him|her|them) on|à (?:écrire|contacter) (?:à|au) \S+@", re.IGNORECASE
)
# "Par Anne Dupré et Luc Morel": names and nothing else, so letter case counts.
_NAME = r"[A-ZÀ-Ý][\w’'.-]*"
_LINK = r"[ ,/|]+(?:(?:et|and|und|y|e|avec|de|du|la|le|les)\s+)?"
BYLINE = re.compile(rf"^(?:Par|By|Von|Por|Di)\s+{_NAME}(?:{_LINK}{_NAME}){{0,7}}$")
# A date, with or without a time, and nothing else.
MOMENT = re.compile(
    r"^\W*(?:(?:lun|mar|mer|jeu|ven|sam|dim|mon|tue|wed|thu|fri|sat|sun)\w*\W+)?(?:le\s+)?"
    r"(?:\d{1,2}[./ -](?:\d{1,2}|\w{3,9})[./ -]\d{2,4}|\w{3,9}\.? \d{1,2},? \d{4})"
    r"(?:\W+(?:à|at|um|às)?\W*\d{1,2}\s*[:hH.]\s*\d{0,2}(?:\s*[ap]m)?(?:\s*[A-Z]{2,4})?)?\W*$",
    re.IGNORECASE,
)

ERROR_TEXT = re.compile(
    r"\b"
    + join_patterns(
        (
            r"(?:erreur 404|404 error|error 404)\b",
            r"page (?:introuvable|non trouvée|inexistante|not found)\b",
            r"(?:cette|la) page (?:que vous (?:recherchez|demandez|cherchez) )?"
            r"(?:n.existe (?:pas|plus)|est introuvable|n.est plus disponible|a été supprimée)\b",
            r"(?:cet |l.)article (?:n.existe (?:pas|plus)|est introuvable|n.est plus disponible|a été supprimé)\b",
            r"(?:article|contenu) introuvable\b",
            r"page (?:cannot be found|does not exist|doesn.t exist|is no longer available)\b",
            r"(?:maintenance en cours|site en maintenance)\b",
        )
    ),
    re.IGNORECASE,
)
ERROR_TITLE = re.compile(
    r"^\W*(?:404|erreur|error|oups|oops|page introuvable|page non trouvée|page not found|not found|accès refusé"
    r"|access denied)\W*(?:$|[-–—|:!]|404|\d)",
    re.IGNORECASE,
)
HUMAN_CHECK = re.compile(
    join_patterns(
        (
            r"vérif\w+ que vous (?:êtes|n.êtes pas)",
            r"verify(?:ing)? (?:that )?you are (?:a )?human",
            r"(?:checking your browser|are you a robot|êtes-vous un robot|je ne suis pas un robot)",
            r"(?:^\W*just a moment\W*$|un instant\s*…|captcha|enable javascript and cookies)",
            r"(?:activité inhabituelle|unusual (?:traffic|activity))",
        )
    ),
    re.IGNORECASE,
)
CONSENT_WORD = re.compile(
    r"cookies?|traceurs|consent(?:ement)?|partenaires|données personnelles|accepter|refuser|paramétrer", re.IGNORECASE
)
SCRIPT_WANTED = re.compile(
    r"(?:activ\w+|enable|requires?|needs?|autoriser|sans)\s+(?:\w+\s+){0,3}java-?script|java-?script (?:est|is) dés",
    re.IGNORECASE,
)
TEMPLATE_MARK = re.compile(r"\{\{.{1,80}?\}\}")
SEARCH_PAGE = re.compile(
    r"\b(?:résultats? (?:de|pour) (?:la |votre )?recherche|search results?|aucun résultat)\b", re.IGNORECASE
)
