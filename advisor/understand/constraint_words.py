"""The words around a number that tell what it limits, in the languages that descriptions come in."""

# ruff: noqa: RUF001 - Chinese punctuation is among what is looked for

from __future__ import annotations

import re
from typing import Final

TIME: Final = {
    "ms": 1.0, "s": 1000.0, "min": 60_000.0, "us": 0.001,
}  # fmt: skip
UNIT_WORDS: Final = (
    (
        "ms",
        r"ms|msecs?|millis|milli-?\s?seconds?|milli-?sekunden?|millisecondes?|milisegundos?|milissegundos?|millisecondi|毫秒",
    ),
    ("us", r"µs|μs|microseconds?|mikrosekunden?"),
    ("s", r"s|secs?|seconds?|sekunden?|sek|secondes?|segundos?|seg|secondi|秒钟?"),
    ("min", r"mins?|minutes?|minuten?|minutos?|分钟"),
    ("gb", r"gb|gigs?|gigabytes?|gigaoctets?|gigas?|go|g|个\s?gb?|吉"),
    ("gib", r"gib|gibibytes?"),
    ("mb", r"mb|megs?|megabytes?|m[ée]gaoctets?|megas|mo|mega"),
    ("mib", r"mib"),
    ("tb", r"tb|terabytes?|to"),
)
BYTES_GB: Final = {"gb": 1.0, "gib": 2.0**30 / 1e9, "mb": 1e-3, "mib": 2.0**20 / 1e9, "tb": 1e3}
COMPOUND_S: Final = {
    "fünftelsekunde": 200.0,
    "drittelsekunde": 1000 / 3,
    "zehntelsekunde": 100.0,
    "viertelsekunde": 250.0,
    "hundertstelsekunde": 10.0,
    "halbsekunde": 500.0,
}
LIMIT: Final = (
    r"\bunder\b|\bbelow|\bwithin\b|less than|lower than|fewer than|smaller than|faster than|quicker than|max\b|max\.|maximum|maximal|maximaal|at most|"
    r"no (?:more|bigger|larger|longer|slower|higher|greater) than|not (?:more|bigger|larger|longer|slower|above|over|exceed)\w*|"
    r"nothing (?:over|above|bigger|larger|beyond|more)|no(?:ne)? (?:over|above)|up to|<|≤|=<|limit|cap\b|capped|budget|ceiling|\bsub-?\s?$|"
    r"\btops\b|at the most|the most (?:we|i|they|it) can|binnen|spätestens|länger als|langsamer als|obergrenze|mehr (?:nicht|haben|dürfen|darf|geht)|mehr ist nicht|"
    r"a lo sumo|como mucho|\btope\b|no se puede pasar|no supere|sin pasar|grand max|\bmaxi\b|plafond|ne (?:doit|doivent|peut) pas dépasser|dépasser|sous\b|"
    r"^\s*内|秒内|控制在|必须在|顶多|封顶|限制在|不高于|不得高于|"
    r"or (?:less|fewer|smaller|under|faster|below)|biggest|largest|mustn.t exceed|must not exceed|can.t exceed|cannot exceed|exceed|"
    r"\bunter\b|höchstens|hoechstens|innerhalb|weniger als|nicht mehr als|nicht größer|bis zu|\bbis\b|maximal|kleiner als|schneller als|obergrenze|"
    r"moins d|au plus|au maximum|maximum|inférieur|pas plus d|jusqu|en dessous|"
    r"menos de|como máximo|como maximo|máximo|maximo|inferior|no más de|no mas de|hasta|por debajo|"
    r"以内|以下|之内|不超过|不能超过|不得超过|低于|最多|小于|少于|最大|最高|上限|不大于|至多"
)
LATENCY: Final = (
    r"latenc|respon|repl|answer|react|p\d\d|per (?:query|request|item|doc|call|text|message|ticket|sentence|email|prediction)|each|in real|per (?!day|hour|month|week|year|minute|annum)\w|"
    r"slower|slow|fast|quick|sla\b|latenz|antwort|(?:pro|je) (?!tag|stunde|monat|woche|jahr|minute)\w|latence|réponse|par |latencia|respuesta|respond|"
    r"por |延迟|响应|每条|每个|每次|返回|time budget|instant|wait|\b(?:in|en|dans|sous|à|a)\s+(?:about |around |roughly |etwa |rund |environ |unos |unas |un |una |einer |einem )?\s*#|take"
)
NOT_LATENCY: Final = (
    r"train|fine-?tun|retrain|trainier|entra[iî]n|entren|训练|audio|clip|video|recording|ago\b|every $|alle $|toutes? les $|cada $|每隔|"
    r"currently|right now|today|at the moment|used to|derzeit|aktuell|momentan|bisher|actuellement|actualmente|目前|现在|month|setup|install"
)
LATENCY_AFTER_NOT: Final = (
    r"^\s*(?:of|long|-long)?\s*(?:audio|video|clips?|recording|speech|ago|talk|film|meeting)"
)
MEMORY_NOUN: Final = (
    r"v?ram|carte|tarjeta|portátil|portatil|ordenador|ordinateur|máquina|maquina|placa|显卡|机器|电脑|memory|speicher|arbeitsspeicher|grafikspeicher|hauptspeicher|gpu|gpus|card|karte|mémoire|memoria|vive|内存|显存|laptop|machine|"
    r"server|box|device|phone|pc|notebook|footprint|rechner|mac|macbook|node|instance|vm|container|pod|vps|raspberry|pi|system|ddr\w*|unified"
)
DATA_NOUN: Final = (
    r"(?:of|an|de|d'|worth of|von|à|的)\s*(?!\W*(?:the |la |le )?(?:"
    + MEMORY_NOUN
    + r"))[\w一-鿿]|(?:csv|file|files|corpus|dataset|data\b|dump|archive|index|export|"
    r"table|logs?|database|storage|disk|ssd|hdd|daten|dokument\w*|texte?|pdfs?|emails?|mails?|documents?|texts?|datei|fichiers?|archivos?|datos|"
    r"文档|数据|文本|文件|日志|硬盘|json\w*|parquet|spreadsheet|transcripts?)"
)
PARAMS: Final = r"(?:de\s|d['’]|an\s)?(?:model\s)?(?:param\w*|paramètres?|parámetros?|weights|gewichte|参数|参数量)"
PARAMS_FREE: Final = r"\s*(?:-?models?\b|size\b|class\b|llm|slm|or\b|and\b|on\b|in\b|please|total|dense|modell?\w*|modèles?|modelos?|modelli|if\b|because|since|with|at\b|is\b|for\b|max|tops|that|which|who|的|模型|[.,;:!?)，。；]|$|-)"  # fmt: skip
DATA_BEFORE: Final = (
    r"(?:archives?|corpus|corpora|datasets?|data|dump|collection|index|files?|exports?|logs?|archiv|korpus|daten|datensatz|données|datos|archivo|"
    r"数据|数据集|语料|档案|文件|日志)\s*(?:set |总共|大小)?\s*(?:is|are|was|has|have|takes|weighs|umfasst|hat|ist|sind|fait|font|pèse|pesa|ocupa|有|共|是)?\s*"
    r"(?:about|around|roughly|some|over|etwa|rund|über|environ|unos|unas|约|大约)?\s*$"
)
"""What is so large is the data."""
TOO_BIG: Final = r"(?:bigger|larger|over|above|more|beyond|exceed\w*|größer|über|oberhalb von|mehr|grösser|plus grand|más grande|au-dessus|por encima)\s*(?:than|als|que|de)?\s*(?:a\s)?$"
NEGATED: Final = r"\b(?:no|not|nothing|never|none|don.t|can.t|cannot|mustn.t|won.t|without|kein\w*|nicht|nichts|pas|rien|nada|ning\w+)\b"
RULED_OUT: Final = r"^\W*(?:\w+\W+){0,4}(?:too|scheidet|scheiden|ausgeschlossen|exclu\w*|demasiado|trop|out|not|won.t|can.t|cannot|forbidden|ruled|impossible|doesn.t|don.t|zu groß)\b"
IN_USE: Final = r"replac|instead of|currently|existing|current|today|right now|we (?:use|run|have been)|using|derzeit|aktuell|ersetz|statt|remplac|actuel|reempla|actual|比|目前|替换|gpt|at least|mindestens|au moins|al menos|至少"  # fmt: skip
LABEL: Final = (
    r"label|labell?ed|annotat\w*|annotiert\w*|annotated|gelabelt\w*|beschriftet\w*|etikettiert\w*|gelabelled|von hand (?:markiert|sortiert|zugeordnet|klassifiziert)|hand-?(?:labell?ed|tagged|coded|classified|sorted|checked|marked|scored|graded|written|picked)|"
    r"размечен\w*|etichettat\w*|anotat\w*|geannoteerd\w*|gelabeld\w*|rotulad\w*|tagged|gold|ground[- ]truth|annot[ée]\w*|étiquet\w*|etiquet\w*|anotad\w*|标注|已标|标签数据|标记|打了标|manually (?:sorted|coded|classified|checked|tagged|scored)|"
    r"training (?:examples?|samples?|instances?|items?|rows|pairs|data ?points|sentences|texts)|trainingsbeispiel\w*|exemples? d.entra[iî]nement|ejemplos de entrenamiento|训练样本|训练数据|训练样例|"
    r"(?:sorted|coded|classified|checked|tagged|assigned|marked|scored|rated|filed|reviewed|categori[sz]ed|transcribed|matched) (?:already )?(?:by hand|manually|by (?:our |the )?(?:experts?|editors?|staff|humans?|annotators?|lawyers|doctors))|"
    r"hand(?:annotiert|gelabelt|sortiert|klassifiziert|beschriftet|markiert|verlesen|kategorisiert|zugeordnet)\w*|vor(?:klassifiziert|sortiert|gelabelt)\w*|bereits (?:klassifiziert|zugeordnet|eingeordnet|sortiert|kategorisiert|markiert|verschlagwortet)\w*|"
    r"schon (?:klassifiziert|zugeordnet|eingeordnet|sortiert|kategorisiert|markiert|verschlagwortet)\w*|"
    r"(?:class|tri|cod|marqu|catégoris)é\w* (?:déjà )?(?:à la main|manuellement)|déjà (?:class|tri|cod|marqu|catégoris)é\w*|"
    r"(?:clasificad|codificad|marcad|ordenad|categorizad|revisad)[oa]s? (?:ya )?(?:a mano|manualmente)|ya (?:clasificad|codificad|marcad|categorizad)[oa]s?|"
    r"mit (?:kategorie|label|annotation|schlagwort)\w*(?: versehen)?|hat (?:jemand|ein\w* \w+|unser\w* \w+) (?:von hand |schon |bereits )*(?:zugeordnet|eingeordnet|markiert|annotiert|sortiert|gelabelt)|(?:von hand|händisch|manuell) (?:eingeordnet|zugeordnet|markiert|annotiert|sortiert|gelabelt|verschlagwortet)|带标签|有标签|打过标签|标好|"
    r"with (?:marked|annotated|labell?ed|known|gold|human)|scored by|rated by|judged|human (?:judg|rating|score)"
)
EXAMPLES: Final = (
    r"^\W*(?:\w+\W+){0,1}?(?:examples?|beispiele?n?|exemples?|ejemplos?|样本|样例|示例)\b"
)
HAVE: Final = r"\b(?:have|got|only|with|just|from|there are|haben|nur|mit|avons|seulement|avec|tenemos|solo|con|about|around|roughly)\b|有|只有"
UNLABELLED: Final = r"(?:nothing|none|rien|nichts|nada|keine\w*|aucun\w*|ning\w+)\W+(?:\w+\W+){0,2}(?:label|annot|gelabelt|étiquet|etiquet|markiert)|没标|un-?label|not (?:yet )?(?:label|annotat)|unannotat|ungelabelt|nicht (?:gelabelt|annotiert)|non (?:étiquet|annot)|sin (?:etiquet|anotar)|pas (?:annot|étiquet)|未标"
CLASSES_BEFORE: Final = (
    r"(?:one of|into|among|amongst|between|from|across|out of|choose|choosing|pick\w*|up to|the|our|these|those|in eine? von|eines? von|in|parmi|entre|en|dans|set of|list of|to|"
    r"any of|of|each of|predefined|possible|taxonomy of|assign)\s*(?:the |our |these |about |around |roughly |some )?$"
)
CLASSES_AFTER: Final = (
    r"^\W*(?:possible|different|distinct|predefined|fixed|candidate|mutually|top-level|fine|coarse|verschiedene|mögliche|différent\w*|posibles|个(?:不同)?(?:标签|类)|种)\b"
    r"|^\W*labels?\W+(?:per|each|in total|to choose|such as|like|\(e\.?g|for each|that|at once|taxonomy|set)|^\W*-\s?(?:label|class|way)"
    r"|^\W*(?:topic|category|class|intent|emotion|genre|sentiment|department|subject)\s+labels"
)
PER_TIME: Final = r"\b(?:a|per|each|every) (?:day|week|month|hour|year)|daily|weekly|monthly|pro (?:tag|woche|monat|stunde|jahr)|am tag|täglich|par (?:jour|mois|semaine|heure|an)\b|(?:al|por) (?:día|mes|semana|hora|año)|每(?:天|日|月|周|小时|年)"
PER_CLASS: Final = r"^\W*(?:[\w-]+\W+){0,4}?(?:per|each|pro|par|por|for each|for every|je|每(?:个)?)\s*(?:class|category|label|intent|topic|klasse|kategorie|classe|catégorie|clase|categoría|类)"
CLASS_COUNT: Final = r"^\W*(?:[\w-]+\s){0,2}?(?:classes|categories|intents|topics|departments|queues|klassen|kategorien|catégories|clases|categorías|labels|类|个类)"
CURRENCY_BEFORE: Final = re.compile(r"(?:us)?\$\s?$|usd\s?$", re.I)
FOREIGN_BEFORE: Final = re.compile(r"[€£¥]\s?$|(?:eur|gbp|chf|cny|rmb)\s?$", re.I)
MONEY: Final = re.compile(
    r"^\s?-?(?:(us[\s-]?)?dollars?(?:\s(?:us|américains?))?|dólar(?:es)?(?:\s(?:estadounidenses?|americanos?))?|usd|\$|bucks?|美元|(?:us[- ]?)?cents?|us-cents?|¢|美分|céntimos de dólar|centimes de dollar|us-cent|dólar|dollar)",
    re.I,
)
FOREIGN: Final = re.compile(
    r"^\s?-?(?:€|eur\w*|£|gbp|pounds?|quid|chf|franken|francs|元|人民币|yuan|yen|¥|centimes?|céntimos?|pence|rupees?)",
    re.I,
)
PER: Final = re.compile(
    r"^\s*(?:usd|us|total|max|or less|at most|maximum)?\s*(?:per|for every|for each|for|/|a\b|an\b|each|pro|je|par|por cada|por|cada|每|pour|für|the|les?|la|los|las|el)\s*",
    re.I,
)
NOT_ITEMS: Final = re.compile(
    r"^\s*(?:single\s)?(?:month|year|week|day|hour|minute|monat|jahr|tag|stunde|mois|an\b|année|jour|heure|mes\b|año|día|hora|月|年|天|小时|user|seat|gpu|token|employee)|^[^.;,]{0,14}?tokens?\b",
    re.I,
)
FOR_SO_MANY: Final = re.compile(
    r"^\s*[\w'-]+(?:\s[\w'-]+){0,2}?\s+(?:(?:may|must|should|can|could|dürfen|darf|sollen|peuvent|doivent|pueden|deben|ne)\s)?.{0,12}?"
    r"(?:cost|costs|kosten|kostet|coûte\w*|coûter|cuestan|cuesta|costar|höchstens|maximal|for|für|pour|por)\b[^.;]{0,24}$"
    r"|^[\s\w]{0,8}[^，。；,;]{0,6}(?:花|不超过|最多|最高|以内|控制在|收费|成本|费用)[^，。；,;]{0,4}$",
    re.I,
)
"""Between a count of items and the money they may cost."""
EACH_ITEM: Final = re.compile(
    r"\b(?:each|every|per|a|an|pro|je|jede[rs]?|par|chaque|por|cada)\s+(?!day|week|month|year|hour|user|tag|monat|jahr|jour|mois|an\b|día|mes|año)[\w-]+\s+"
    r"(?:(?:may|must|should|can|could|darf|kann|soll|peut|doit|puede|debe|ne)\s)?.{0,12}?(?:cost|costs|kosten|kostet|coûte|coûter|cuesta|costar|maximal|höchstens|at most|au plus|como mucho|max\.?)\b[^.;,]{0,16}$",
    re.I,
)
"""Before the money, what it is paid for: "each mail may cost 0.4 cents"."""
EACH_ZH: Final = re.compile(r"每(?P<rest>[^，。；,;]{1,18})$")
"""Before the money in Chinese, with what it is paid for."""
ITEM_SCALE: Final = re.compile(
    r"^\s*(?:each\s)?(?:(thousand|tausend|mille|millier|millar|mil|千)|(million|millionen|millón|millon|百万)|(hundred|hundert|cent|cien|百))",
    re.I,
)
PERCENTILE: Final = re.compile(r"p9\d|9\dth|95\s?%", re.I)
SOFT: Final = re.compile(
    r"ideally|preferably|typical|average|median|p50|idealerweise|idéalement|idealmente|best case|hopefully|nice to have",
    re.I,
)
