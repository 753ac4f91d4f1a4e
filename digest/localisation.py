"""The few words that an e-mail says by itself, and its dates, in the reader's language."""

import unicodedata
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from msgspec import Struct

_RTL = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"})
_RTL_SCRIPTS = frozenset({"arab", "hebr", "syrc", "thaa", "nkoo", "adlm"})
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


class Words(Struct, frozen=True):
    """What an e-mail says by itself. `{n}` is a number, `{title}` a title, `{names}` a list of names."""

    view: str
    unsubscribe: str
    minutes: str
    contents: str
    more: str  # the link to a post that is shown in part
    why: str
    by: str
    watch: str
    listen: str
    notes: str


_WORDS = {
    "en": Words(
        view="View in browser",
        unsubscribe="Unsubscribe",
        minutes="{n} min read",
        contents="In this issue",
        more="Continue reading",
        why="You get this e-mail because you subscribed to {title}.",
        by="By {names}",
        watch="Watch the video",
        listen="Listen",
        notes="Notes",
    ),
    "zh": Words(
        view="在浏览器中查看",
        unsubscribe="退订",
        minutes="阅读约 {n} 分钟",
        contents="本期内容",
        more="继续阅读",
        why="您收到此邮件，是因为您订阅了“{title}”。",
        by="作者：{names}",
        watch="观看视频",
        listen="收听",
        notes="注释",
    ),
    "zh-Hant": Words(
        view="在瀏覽器中檢視",
        unsubscribe="取消訂閱",
        minutes="閱讀約 {n} 分鐘",
        contents="本期內容",
        more="繼續閱讀",
        why="您收到此郵件，是因為您訂閱了「{title}」。",
        by="作者：{names}",
        watch="觀看影片",
        listen="收聽",
        notes="註釋",
    ),
    "ja": Words(
        view="ブラウザで表示",
        unsubscribe="配信停止",
        minutes="約{n}分で読めます",
        contents="今号の内容",
        more="続きを読む",
        why="このメールは「{title}」を購読されている方にお送りしています。",
        by="{names}",
        watch="動画を見る",
        listen="聴く",
        notes="注",
    ),
    "ko": Words(
        view="브라우저에서 보기",
        unsubscribe="수신 거부",
        minutes="읽는 데 약 {n}분",
        contents="이번 호 차례",
        more="계속 읽기",
        why="{title}을(를) 구독하셨기 때문에 이 메일을 받으셨습니다.",
        by="글: {names}",
        watch="동영상 보기",
        listen="듣기",
        notes="주석",
    ),
    "de": Words(
        view="Im Browser ansehen",
        unsubscribe="Abmelden",
        minutes="{n} Min. Lesezeit",
        contents="In dieser Ausgabe",
        more="Weiterlesen",
        why="Sie erhalten diese E-Mail, weil Sie „{title}“ abonniert haben.",
        by="Von {names}",
        watch="Video ansehen",
        listen="Anhören",
        notes="Anmerkungen",
    ),
    "fr": Words(
        view="Voir dans le navigateur",
        unsubscribe="Se désabonner",
        minutes="{n} min de lecture",
        contents="Dans ce numéro",
        more="Lire la suite",
        why="Vous recevez cet e-mail parce que vous êtes abonné à « {title} ».",
        by="Par {names}",
        watch="Voir la vidéo",
        listen="Écouter",
        notes="Notes",
    ),
    "es": Words(
        view="Ver en el navegador",
        unsubscribe="Cancelar la suscripción",
        minutes="{n} min de lectura",
        contents="En este número",
        more="Seguir leyendo",
        why="Recibes este correo porque te suscribiste a «{title}».",
        by="Por {names}",
        watch="Ver el vídeo",
        listen="Escuchar",
        notes="Notas",
    ),
    "pt": Words(
        view="Ver no navegador",
        unsubscribe="Cancelar a subscrição",
        minutes="{n} min de leitura",
        contents="Nesta edição",
        more="Continuar a ler",
        why="Recebe este e-mail porque subscreveu «{title}».",
        by="Por {names}",
        watch="Ver o vídeo",
        listen="Ouvir",
        notes="Notas",
    ),
    "pt-BR": Words(
        view="Ver no navegador",
        unsubscribe="Cancelar inscrição",
        minutes="{n} min de leitura",
        contents="Nesta edição",
        more="Continuar lendo",
        why="Você recebe este e-mail porque assinou “{title}”.",
        by="Por {names}",
        watch="Assistir ao vídeo",
        listen="Ouvir",
        notes="Notas",
    ),
    "it": Words(
        view="Apri nel browser",
        unsubscribe="Annulla iscrizione",
        minutes="{n} min di lettura",
        contents="In questo numero",
        more="Continua a leggere",
        why="Ricevi questa e-mail perché ti sei iscritto a «{title}».",
        by="Di {names}",
        watch="Guarda il video",
        listen="Ascolta",
        notes="Note",
    ),
    "nl": Words(
        view="Bekijk in de browser",
        unsubscribe="Afmelden",
        minutes="{n} min. leestijd",
        contents="In dit nummer",
        more="Lees verder",
        why="U ontvangt deze e-mail omdat u zich hebt aangemeld voor {title}.",
        by="Door {names}",
        watch="Bekijk de video",
        listen="Luister",
        notes="Noten",
    ),
    "ru": Words(
        view="Открыть в браузере",
        unsubscribe="Отписаться",
        minutes="{n} мин чтения",
        contents="В этом выпуске",
        more="Читать дальше",
        why="Вы получили это письмо, потому что подписаны на «{title}».",
        by="Автор: {names}",
        watch="Смотреть видео",
        listen="Слушать",
        notes="Примечания",
    ),
    "uk": Words(
        view="Відкрити в браузері",
        unsubscribe="Відписатися",
        minutes="{n} хв читання",
        contents="У цьому випуску",
        more="Читати далі",
        why="Ви отримали цей лист, бо підписані на «{title}».",
        by="Автор: {names}",
        watch="Дивитися відео",
        listen="Слухати",
        notes="Примітки",
    ),
    "pl": Words(
        view="Zobacz w przeglądarce",
        unsubscribe="Wypisz się",
        minutes="{n} min czytania",
        contents="W tym numerze",
        more="Czytaj dalej",
        why="Otrzymujesz tę wiadomość, ponieważ subskrybujesz „{title}”.",
        by="Autor: {names}",
        watch="Obejrzyj film",
        listen="Posłuchaj",
        notes="Przypisy",
    ),
    "cs": Words(
        view="Zobrazit v prohlížeči",
        unsubscribe="Odhlásit odběr",
        minutes="{n} min čtení",
        contents="V tomto čísle",
        more="Číst dál",
        why="Tento e-mail dostáváte, protože odebíráte „{title}“.",
        by="Autor: {names}",
        watch="Přehrát video",
        listen="Poslechnout",
        notes="Poznámky",
    ),
    "sv": Words(
        view="Visa i webbläsaren",
        unsubscribe="Avsluta prenumerationen",
        minutes="{n} min läsning",
        contents="I det här numret",
        more="Fortsätt läsa",
        why="Du får det här mejlet för att du prenumererar på {title}.",
        by="Av {names}",
        watch="Se videon",
        listen="Lyssna",
        notes="Noter",
    ),
    "da": Words(
        view="Vis i browseren",
        unsubscribe="Afmeld",
        minutes="{n} min. læsning",
        contents="I dette nummer",
        more="Læs videre",
        why="Du får denne e-mail, fordi du abonnerer på {title}.",
        by="Af {names}",
        watch="Se videoen",
        listen="Lyt",
        notes="Noter",
    ),
    "nb": Words(
        view="Vis i nettleseren",
        unsubscribe="Meld deg av",
        minutes="{n} min lesing",
        contents="I dette nummeret",
        more="Les videre",
        why="Du får denne e-posten fordi du abonnerer på {title}.",
        by="Av {names}",
        watch="Se videoen",
        listen="Lytt",
        notes="Noter",
    ),
    "fi": Words(
        view="Näytä selaimessa",
        unsubscribe="Peruuta tilaus",
        minutes="{n} min lukuaika",
        contents="Tässä numerossa",
        more="Jatka lukemista",
        why="Saat tämän viestin, koska olet tilannut julkaisun {title}.",
        by="Kirjoittanut {names}",
        watch="Katso video",
        listen="Kuuntele",
        notes="Viitteet",
    ),
    "tr": Words(
        view="Tarayıcıda görüntüle",
        unsubscribe="Abonelikten çık",
        minutes="{n} dk okuma",
        contents="Bu sayıda",
        more="Okumaya devam et",
        why="Bu e-postayı {title} abonesi olduğunuz için alıyorsunuz.",
        by="Yazan: {names}",
        watch="Videoyu izle",
        listen="Dinle",
        notes="Notlar",
    ),
    "id": Words(
        view="Lihat di peramban",
        unsubscribe="Berhenti berlangganan",
        minutes="{n} menit baca",
        contents="Dalam edisi ini",
        more="Lanjutkan membaca",
        why="Anda menerima email ini karena berlangganan {title}.",
        by="Oleh {names}",
        watch="Tonton video",
        listen="Dengarkan",
        notes="Catatan",
    ),
    "vi": Words(
        view="Xem trong trình duyệt",
        unsubscribe="Hủy đăng ký",
        minutes="{n} phút đọc",
        contents="Trong số này",
        more="Đọc tiếp",
        why="Bạn nhận được thư này vì đã đăng ký {title}.",
        by="Tác giả: {names}",
        watch="Xem video",
        listen="Nghe",
        notes="Chú thích",
    ),
    "ar": Words(
        view="عرض في المتصفح",
        unsubscribe="إلغاء الاشتراك",
        minutes="{n} دقيقة قراءة",
        contents="في هذا العدد",
        more="متابعة القراءة",
        why="تصلك هذه الرسالة لأنك مشترك في «{title}».",
        by="بقلم {names}",
        watch="شاهد الفيديو",
        listen="استمع",
        notes="حواشٍ",
    ),
    "fa": Words(
        view="مشاهده در مرورگر",
        unsubscribe="لغو اشتراک",
        minutes="{n} دقیقه مطالعه",
        contents="در این شماره",
        more="ادامهٔ مطلب",
        why="این نامه را دریافت می‌کنید چون مشترک «{title}» هستید.",
        by="نوشتهٔ {names}",
        watch="تماشای ویدئو",
        listen="گوش دهید",
        notes="یادداشت‌ها",
    ),
    "he": Words(
        view="הצגה בדפדפן",
        unsubscribe="ביטול הרשמה",
        minutes="{n} דק׳ קריאה",
        contents="בגיליון זה",
        more="להמשך קריאה",
        why="קיבלתם את ההודעה כי נרשמתם אל {title}.",
        by="מאת {names}",
        watch="לצפייה בסרטון",
        listen="להאזנה",
        notes="הערות",
    ),
    "hi": Words(
        view="ब्राउज़र में देखें",
        unsubscribe="सदस्यता रद्द करें",
        minutes="{n} मिनट का पाठ",
        contents="इस अंक में",
        more="आगे पढ़ें",
        why="यह ईमेल आपको इसलिए मिला है क्योंकि आपने {title} की सदस्यता ली है।",
        by="लेखक: {names}",
        watch="वीडियो देखें",
        listen="सुनें",
        notes="टिप्पणियाँ",
    ),
}


def words(language: str) -> Words:
    """Return the words of a language (BCP 47), English when it has none here."""
    return _WORDS[_known(language)]


def unsubscribe(language: str) -> str:
    """Return the unsubscribe link's text: who gets an e-mail in a language not theirs finds the English word beside it."""
    known = _known(language)
    return _WORDS[known].unsubscribe if known == "en" else f"{_WORDS[known].unsubscribe} (Unsubscribe)"


@lru_cache(maxsize=256)
def _known(language: str) -> str:
    parts = language.replace("_", "-").lower().split("-")
    if parts[0] == "zh" and _TRADITIONAL & set(parts[1:]):
        return "zh-Hant"
    if parts[:2] == ["pt", "br"]:
        return "pt-BR"
    if parts[0] in ("no", "nn"):
        return "nb"
    return parts[0] if parts[0] in _WORDS else "en"


@lru_cache(maxsize=256)
def direction(language: str) -> str:
    """Return `rtl` or `ltr` for a language, an explicit script first (`az-Arab`, `ar-Latn`)."""
    parts = language.replace("_", "-").lower().split("-")
    script = next((part for part in parts[1:] if len(part) == 4 and part.isalpha()), "")
    if script:
        return "rtl" if script in _RTL_SCRIPTS else "ltr"
    return "rtl" if parts[0] in _RTL else "ltr"


@lru_cache(maxsize=256)
def _locale(language: str) -> Any:
    from babel import Locale, UnknownLocaleError

    parts = language.replace("_", "-").split("-")
    for length in range(len(parts), 0, -1):
        try:
            return Locale.parse("-".join(parts[:length]), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


@lru_cache(maxsize=4096)
def day(moment: datetime, language: str) -> str:
    """Return the day of an aware datetime, in its own zone, as the language writes it: `22 November 2026`."""
    from babel.dates import format_date

    return str(format_date(moment.date(), "long", _locale(language)))


@lru_cache(maxsize=1024)
def span(start: datetime, end: datetime, language: str) -> str:
    """Return the days of a window `[start, end)` as the language writes them: `16 – 22 November 2026`."""
    from babel.dates import format_date, format_interval

    last = (end - timedelta(microseconds=1)).date()
    locale = _locale(language)
    if start.date() >= last:
        return str(format_date(last, "long", locale))
    skeleton = "yMMMMd" if "yMMMMd" in locale.interval_formats else "yMMMd"
    return str(format_interval(start.date(), last, skeleton, locale=locale))


def text_direction(text: str) -> str:
    """Return the direction of the first letter that has one (the rule of `dir="auto"` in HTML), `ltr` without any."""
    for character in text:
        if (kind := unicodedata.bidirectional(character)) in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


@lru_cache(maxsize=256)
def known(language: str) -> bool:
    """Whether a language code names a language: screen readers take a `lang` that names none for a mistake."""
    from babel import Locale

    primary = language.replace("_", "-").lower().split("-")[0]
    return bool(primary) and primary in Locale("en").languages
