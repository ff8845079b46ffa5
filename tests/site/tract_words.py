"""The words of the union's tract, as its PDF was drawn from them and as a reader must get them back."""

HEADING = "Heures supplémentaires : exigeons notre dû"
PARAGRAPHS = (
    "Le syndicat Rempart Police Nationale appelle toutes les sections à faire remonter leurs relevés avant le "
    "12 décembre. Un compteur que personne ne peut consulter n'est pas un compteur, c'est une promesse.",
    "Nous demandons le paiement au choix de l'agent, un calendrier publié au début de chaque trimestre et la fin des "
    "récupérations imposées. Aucune heure effectuée ne doit disparaître lors d'une mutation ou d'un départ.",
    "Dans la circonscription de Valmorel-sur-Isle, soixante-quatre gardiens de la paix totalisent à eux seuls plus "
    "de neuf mille heures. À Port-Ligneul, la brigade de nuit attend un solde depuis l'été dernier.",
    "Parlez-en à votre délégué, remplissez le relevé au dos, refusez les arrondis. Ensemble, faisons payer ce qui "
    "est dû.",
)
