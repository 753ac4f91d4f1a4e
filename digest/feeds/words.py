"""What the page of feeds says, in the languages it speaks."""

from msgspec import Struct


class FeedWords(Struct, frozen=True):
    """The page's words. `all`, `languages`, `topics`, `tags` and `digests` are its headings."""

    heading: str
    what: str
    how: str
    all: str
    languages: str
    topics: str
    tags: str
    digests: str
    everything: str  # the link to the OPML file
    everything_why: str
    for_sites: str
    for_sites_why: str
    back: str


_WORDS = {
    "en": FeedWords(
        heading="Feeds",
        what="A feed brings new posts to you. You follow it with an app of your choice – a feed reader – without an "
        "account, without an algorithm and without giving anyone your address.",
        how="Copy one of the addresses below into your reader. RSS and Atom work everywhere; if in doubt, take RSS.",
        all="Everything",
        languages="By language",
        topics="Selections",
        tags="By tag",
        digests="Digests",
        everything="All feeds in one file (OPML)",
        everything_why="Import it into your reader to follow all of them at once.",
        for_sites="For website owners",
        for_sites_why="Put these lines into the head of your pages, so that browsers and readers find the feeds by "
        "themselves:",
        back="Back to {title}",
    ),
    "zh": FeedWords(
        heading="订阅源",
        what="订阅源（Feed）会把新文章送到您手中。您可以用自己喜欢的阅读器订阅，无需注册账号，没有算法推荐，也不"
        "必留下任何联系方式。",
        how="把下面的任意一个地址复制到阅读器中即可。RSS 和 Atom 几乎处处可用；拿不准时请选 RSS。",
        all="全部文章",
        languages="按语言",
        topics="专题",
        tags="按标签",
        digests="文摘",
        everything="全部订阅源合为一个文件（OPML）",
        everything_why="导入阅读器，即可一次订阅全部。",
        for_sites="写给网站作者",
        for_sites_why="把下面几行放进网页的 head 中，浏览器和阅读器就能自动发现这些订阅源：",
        back="返回 {title}",
    ),
    "zh-Hant": FeedWords(
        heading="訂閱源",
        what="訂閱源（Feed）會把新文章送到您手中。您可以用自己喜歡的閱讀器訂閱，無需註冊帳號，沒有演算法推薦，也"
        "不必留下任何聯絡方式。",
        how="把下面的任意一個網址複製到閱讀器中即可。RSS 和 Atom 幾乎到處可用；拿不定主意時請選 RSS。",
        all="全部文章",
        languages="依語言",
        topics="專題",
        tags="依標籤",
        digests="文摘",
        everything="全部訂閱源合為一個檔案（OPML）",
        everything_why="匯入閱讀器，即可一次訂閱全部。",
        for_sites="寫給網站作者",
        for_sites_why="把下面幾行放進網頁的 head 中，瀏覽器和閱讀器就能自動找到這些訂閱源：",
        back="返回 {title}",
    ),
    "de": FeedWords(
        heading="Feeds",
        what="Ein Feed bringt neue Beiträge zu Ihnen. Sie folgen ihm mit einer App Ihrer Wahl, einem Feedreader "
        "– ohne "
        "Konto, ohne Algorithmus und ohne jemandem Ihre Adresse zu geben.",
        how="Kopieren Sie eine der Adressen in Ihren Reader. RSS und Atom funktionieren überall; im Zweifel "
        "nehmen Sie RSS.",
        all="Alles",
        languages="Nach Sprache",
        topics="Auswahlen",
        tags="Nach Schlagwort",
        digests="Digests",
        everything="Alle Feeds in einer Datei (OPML)",
        everything_why="Importieren Sie sie in Ihren Reader, um allen auf einmal zu folgen.",
        for_sites="Für Betreiber von Websites",
        for_sites_why="Diese Zeilen gehören in den Kopf Ihrer Seiten, damit Browser und Reader die Feeds von "
        "selbst finden:",
        back="Zurück zu {title}",
    ),
    "fr": FeedWords(
        heading="Flux",
        what="Un flux vous apporte les nouveaux articles. Vous le suivez avec l’application de votre choix, un "
        "lecteur de "
        "flux : sans compte, sans algorithme et sans donner votre adresse à personne.",
        how="Copiez l’une des adresses ci-dessous dans votre lecteur. RSS et Atom fonctionnent partout ; dans "
        "le doute, "
        "prenez RSS.",
        all="Tout",
        languages="Par langue",
        topics="Sélections",
        tags="Par mot-clé",
        digests="Lettres",
        everything="Tous les flux en un fichier (OPML)",
        everything_why="Importez-le dans votre lecteur pour les suivre tous à la fois.",
        for_sites="Pour les propriétaires de sites",
        for_sites_why="Placez ces lignes dans l’en-tête de vos pages pour que navigateurs et lecteurs trouvent "
        "les flux "
        "d’eux-mêmes :",
        back="Retour à {title}",
    ),
    "es": FeedWords(
        heading="Fuentes",
        what="Una fuente (feed) te trae las entradas nuevas. La sigues con la aplicación que prefieras, un lector de "
        "fuentes: sin cuenta, sin algoritmo y sin dar tu dirección a nadie.",
        how="Copia una de estas direcciones en tu lector. RSS y Atom funcionan en todas partes; ante la duda, "
        "elige RSS.",
        all="Todo",
        languages="Por idioma",
        topics="Selecciones",
        tags="Por etiqueta",
        digests="Boletines",
        everything="Todas las fuentes en un archivo (OPML)",
        everything_why="Impórtalo en tu lector para seguirlas todas a la vez.",
        for_sites="Para quien tiene un sitio web",
        for_sites_why="Pon estas líneas en la cabecera de tus páginas para que navegadores y lectores "
        "encuentren las fuentes "
        "por sí solos:",
        back="Volver a {title}",
    ),
    "ja": FeedWords(
        heading="フィード",
        what="フィードは新しい記事をあなたのもとへ届けます。お好きなアプリ（フィードリーダー）で購読でき、アカウ"
        "ントもアルゴリズムも、"
        "連絡先を伝える必要もありません。",
        how="下のアドレスのどれかをリーダーに貼り付けてください。RSS と Atom はどこでも使えます。迷ったら RSS "
        "をどうぞ。",
        all="すべての記事",
        languages="言語別",
        topics="特集",
        tags="タグ別",
        digests="ダイジェスト",
        everything="すべてのフィードを一つのファイルで（OPML）",
        everything_why="リーダーに読み込むと、まとめて購読できます。",
        for_sites="サイトを運営している方へ",
        for_sites_why="次の行をページの head に入れると、ブラウザーやリーダーがフィードを自動で見つけます。",
        back="{title} に戻る",
    ),
}
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


def words(tag: str) -> FeedWords:
    """Return the page's words in the language of a BCP 47 tag, in English when it does not speak it."""
    primary, *rest = tag.lower().split("-")
    if primary == "zh" and _TRADITIONAL.intersection(rest):
        return _WORDS["zh-Hant"]
    return _WORDS.get(primary, _WORDS["en"])
