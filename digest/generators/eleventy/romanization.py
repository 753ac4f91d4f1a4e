"""Letters of other scripts in the Latin alphabet, as the two slug libraries of Eleventy's filters have them.

Sources: https://github.com/sindresorhus/transliterate for `slugify`, https://github.com/simov/slugify for `slug`.
"""

import unicodedata

_MARKS = frozenset("·ーｰ")  # beside Unicode's categories Mn and Sk


def _pairs(text: str) -> dict[str, str]:
    """Return a table from words of a character and what it becomes, which may be nothing."""
    return {word[0]: word[1:] for word in text.split()}


_CYRILLIC = _pairs("""
    АA аa БB бb ВV вv ГG гg ДD дd ЕE еe ЖZh жzh ЗZ зz ИI иi КK кk ЛL лl МM мm НN нn ОO оo ПP пp РR рr СS сs ТT тt УU уu
    ФF фf ЧCh чch ШSh шsh ЫY ыy Ь ь ЭE эe ЮYu юyu ЯYa яya ЁYo ёyo ЄYe єye ІI іi ЇYi їyi ҐG ґg
""")
_GREEK = _pairs("""
    αa γg δd εe ζz ιi κk λl μm νn οo πp ρr σs ςs τt υy φf ψps ΑA ΒB ΓG ΔD ΕE ΖZ ΙI ΚK ΛL ΜM ΝN ΟO ΠP ΡR ΣS ΤT ΥY ΦF
    ΨPS
""")
_ARABIC = _pairs("""
    أa ؤu إa ئe اa بb تt ثth جj حh خkh دd رr زz سs شsh صs طt ظz غgh فf قq كk لl مm نn هh وw ىa يy ُu ٠0 ١1 ٢2 ٣3 ٤4
    ٥5 ٦6 ٧7 ٨8 ٩9 چch کk گg پp ژzh یy ۰0 ۱1 ۲2 ۳3 ۴4 ۵5 ۶6 ۷7 ۸8 ۹9
""")
_GEORGIAN = _pairs("""
    აa ბb გg დd ეe ვv ზz თt იi კk ლl მm ნn ოo პp ჟzh რr სs ტt უu ფf ქk ღgh ყq შsh ჩch ცts ძdz წts ჭch ხkh ჯj ჰh
""")

# What only `slugify` has, or has differently.
_SLUGIFY = (
    _CYRILLIC
    | _GREEK
    | _ARABIC
    | _GEORGIAN
    | _pairs("""
    ßss ẞSS äae Äae öoe Öoe üue Üue æae ÆAE øo ØO ðd ÐD þth ÞTH đd ĐD ıi łl ŁL ĳij ĲIJ ħh ĦH
    ЙY йy ХKh хkh ЦTs цts ЩSch щsch Ъ ъ ЌKj ќkj ЉLj љlj ЊNj њnj βv ηi ΗI θth ΘTH ξks ΞKS χx ΧX ωo ΩO
    ءe َ آa ؤw إi ئy ةt ذdh ضd عe ـ_ ټp ځz څc ډd ﺫd ﺭr ړr ﺯz ږg ښx ګg ڼn ۀe ېe ۍai ٹt ڈd ڑr ںn ہh ھh ےe ფph ქq ყk ჭtch
    աa ԱA բb ԲB գg ԳG դd ԴD եye ԵYe զz ԶZ էe ԷE ըy ԸY թt ԹT ժzh ԺZh իi ԻI լl ԼL խkh ԽKh ծts ԾTs կk ԿK հh ՀH ձdz ՁDz
    ղgh ՂGh ճtch ՃTch մm ՄM յy ՅY նn ՆN շsh ՇSh ոvo ՈVo չch ՉCh պp ՊP ջj ՋJ ռr ՌR սs ՍS վv ՎV տt ՏT րr ՐR ցc ՑC փp ՓP
    քq ՔQ օo ՕO ֆf ՖF ևyev ¢c ¥y €e ₩w ₫s ₱p ₴s ₸t ₹r ₺l ₽p ₿b 💯100
    """)
)
_SLUG = (
    _CYRILLIC
    | _GREEK
    | _ARABIC
    | _GEORGIAN
    | _pairs("""
    ªa ºo ßss ẞSS æae ÆAE øo ØO ðd ÐD þth ÞTH đdj ĐDJ ıi łl ŁL œoe ŒOE ƒf əe ƏE
    ЙJ йj ХH хh ЦC цc ЩSh щsh ЪU ъu ЉLJ љlj ЊNJ њnj ЂDJ ђdj ЈJ јj ЋC ћc ЏDZ џdz ѝu ғgh ҒGH қkh ҚKH ңng ҢNG үue ҮUE
    ұu ҰU һh ҺH әae ӘAE өoe ӨOE βb ηh ΗH θ8 Θ8 ξ3 Ξ3 χx ΧX ωw ΩW ءa َa إi آaa ةh ذth ضdh عa ِe ًan ٌon ٍen ْ
    ԱA ԲB ԳG ԴD ԵE ԶZ ԷE' ԸY' ԹT' ԺJH ԻI ԼL ԽX ԾC' ԿK ՀH ՁD' ՂGH ՃTW ՄM ՅY ՆN ՇSH ՉCH ՊP ՋJ ՌR' ՍS ՎV ՏT ՐR ՑC ՓP' ՔQ'
    ՕO'' ՖF ևEV
    $dollar %percent &and <less >greater |or ¢cent £pound ¤currency ¥yen ©(c) ®(r) ˚o –- ‘' ’' “" ”" „" †+ •* …...
    €euro ₤lira ₱peso ₿bitcoin ₴hryvnia ₩won ₫dong ™tm ∂d ∆delta ∑sum ∞infinity ♥love
    """)
    | {"₹": "indian rupee", "₺": "turkish lira", "₽": "russian ruble"}
)


# Accented letters of Latin that `slug` does not know, of those before and after the end of Latin Extended-A.
_WITHOUT_BASE = frozenset("ĈĉĊċĔĕĜĝĠġĤĥĬĭĴĵĹĺŎŏŖŗŜŝŬŭ")
_WITH_BASE = frozenset("ƠơƯưȘșȚțṢṣẀẁẂẃẄẅ")
# What `slugify` replaces before single letters; the case of the letters is lost in any case.
_SEVERAL = dict.fromkeys(("ъе", "Ъе", "ъЕ", "ЪЕ"), "ye") | dict.fromkeys(("ый", "Ый", "ыЙ", "ЫЙ"), "iy") | {
    "&": " and ", "🦄": " unicorn ", "♥": " love ",
}  # fmt: skip
_GREEK_ACCENTS = frozenset("\u0301\u0308")


def for_slugify(text: str) -> str:
    """Return `text` as the filter `slugify` has it before it looks for signs."""
    text = unicodedata.normalize("NFC", text)
    for signs, latin in _SEVERAL.items():
        text = text.replace(signs, latin)
    romanized = "".join([_SLUGIFY[sign] if sign in _SLUGIFY else _plain(sign) for sign in text])
    decomposed = unicodedata.normalize("NFD", romanized)
    return unicodedata.normalize("NFC", "".join(filter(_is_no_mark, decomposed)))


def for_slug(text: str) -> list[str]:
    """Return the characters of `text` as the filter `slug` has them before it looks for signs."""
    return [_SLUG[sign] if sign in _SLUG else _base(sign) for sign in unicodedata.normalize("NFC", text)]


def _plain(sign: str) -> str:
    """Return the letter or figure that a sign of mathematics or a circled one shows; Greek letters romanized."""
    if unicodedata.name(sign, "").startswith(("MATHEMATICAL", "CIRCLED DIGIT", "CIRCLED NUMBER")):
        sign = unicodedata.normalize("NFKD", sign)
    return _greek(sign, _SLUGIFY)


def _base(sign: str) -> str:
    """Return the letter of Latin or Greek that an accent is on, where `slug` knows it; any other sign as it is."""
    is_known = sign in _WITH_BASE or sign < "\u0180" or "Ạ" <= sign <= "ỹ"
    if is_known and sign not in _WITHOUT_BASE:
        return unicodedata.normalize("NFD", sign)[0]
    return _greek(sign, _SLUG)


def _greek(sign: str, table: dict[str, str]) -> str:
    """Return what a table has for a letter of modern Greek, whose accent is taken off; any other sign as it is."""
    decomposed = unicodedata.normalize("NFD", sign)
    base, accents = decomposed[0], decomposed[1:]
    is_modern = "Ͱ" <= base <= "Ͽ" and _GREEK_ACCENTS.issuperset(accents)
    return table.get(base, sign) if is_modern else sign


def _is_no_mark(character: str) -> bool:
    return unicodedata.category(character) not in ("Mn", "Sk") and character not in _MARKS
