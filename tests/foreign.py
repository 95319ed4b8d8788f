"""News of the same bridge in other languages than English, in our own words, by ISO 639 code."""

FOREIGN = {
    "de": (
        "Die Brücke über den Fluss bleibt bis zum Herbst gesperrt, teilte die Stadt am Dienstag mit. "
        "„Wir werden sie erst öffnen, wenn sie sicher ist“, sagte Bürgermeisterin Greta Holm. Die "
        "Anwohner beklagten, dass niemand sie gefragt habe."
    ),
    "fr": (
        "Le pont restera fermé jusqu'à l'automne, a annoncé la ville mardi. « Nous ne l'ouvrirons que "
        "lorsqu'il sera sûr », a déclaré la maire, Odile Marchais. Les habitants se plaignent que "
        "personne ne leur ait demandé leur avis."
    ),
    "es": (
        "El puente seguirá cerrado hasta el otoño, informó el ayuntamiento el martes. «No lo abriremos "
        "hasta que sea seguro», dijo la alcaldesa, Rosa Pinar. Los vecinos se quejan de que nadie les "
        "preguntó."
    ),
    "pt": (
        "A ponte continuará fechada até ao outono, informou a câmara na terça-feira. “Só a abriremos "
        "quando for segura”, disse a presidente, Rosa Pinhal. Os moradores queixam-se de que ninguém "
        "lhes perguntou nada."
    ),
    "it": (
        "Il ponte resterà chiuso fino all'autunno, ha annunciato martedì il comune. «Lo apriremo solo "
        "quando sarà sicuro», ha detto la sindaca Rosa Pini. Gli abitanti lamentano che nessuno li abbia"
        " ascoltati."
    ),
    "nl": (
        "De brug blijft tot de herfst dicht, meldde de gemeente dinsdag. “We openen haar pas als ze "
        "veilig is”, zei burgemeester Greet Holt. De bewoners klagen dat niemand hun iets heeft "
        "gevraagd."
    ),
    "sv": (
        "Bron förblir stängd till hösten, meddelade kommunen på tisdagen. ”Vi öppnar den först när den "
        "är säker”, sade borgmästaren Greta Holm. De boende klagar över att ingen har frågat dem."
    ),
    "da": (
        "Broen forbliver lukket til efteråret, oplyste kommunen tirsdag. »Vi åbner den først, når den er"
        " sikker,« sagde borgmester Greta Holm. Beboerne klager over, at ingen har spurgt dem."
    ),
    "fi": (
        "Silta pysyy suljettuna syksyyn asti, kaupunki kertoi tiistaina. ”Avaamme sen vasta kun se on "
        "turvallinen”, sanoi pormestari Greta Holm. Asukkaat valittavat, ettei kukaan kysynyt heiltä "
        "mitään."
    ),
    "et": (
        "Sild jääb suletuks sügiseni, teatas linn teisipäeval. „Avame selle alles siis, kui see on "
        "ohutu,“ ütles linnapea Mari Maasikas. Elanikud kurdavad, et keegi ei küsinud neilt midagi."
    ),
    "pl": (
        "Most pozostanie zamknięty do jesieni, poinformowało we wtorek miasto. „Otworzymy go dopiero, "
        "gdy będzie bezpieczny”, powiedziała burmistrz Ewa Malina. Mieszkańcy skarżą się, że nikt ich "
        "nie zapytał."
    ),
    "cs": (
        "Most zůstane uzavřen až do podzimu, oznámilo v úterý město. „Otevřeme ho, až bude bezpečný,“ "
        "řekla starostka Eva Malá. Obyvatelé si stěžují, že se jich nikdo nezeptal."
    ),
    "hu": (
        "A híd őszig zárva marad, közölte kedden a város. „Csak akkor nyitjuk meg, ha biztonságos” – "
        "mondta Éva Malom polgármester. A lakók azt panaszolják, hogy senki sem kérdezte meg őket."
    ),
    "tr": (
        "Köprü sonbahara kadar kapalı kalacak, diye açıkladı belediye salı günü. “Ancak güvenli "
        "olduğunda açacağız,” dedi belediye başkanı Elif Değirmen. Sakinler kimsenin kendilerine "
        "sormadığından yakınıyor."
    ),
    "ru": (
        "Мост останется закрытым до осени, сообщила во вторник администрация города. «Мы откроем его, "
        "только когда он будет безопасен», сказала мэр Вера Малинина. Жители жалуются, что их никто не "
        "спросил."
    ),
    "uk": (
        "Міст залишиться закритим до осені, повідомила у вівторок міська рада. «Ми відкриємо його лише "
        "тоді, коли він буде безпечним», сказала мер Віра Малина. Мешканці скаржаться, що їх ніхто не "
        "запитав."
    ),
    "el": (
        "Η γέφυρα θα παραμείνει κλειστή μέχρι το φθινόπωρο, ανακοίνωσε την Τρίτη ο δήμος. «Θα την "
        "ανοίξουμε μόνο όταν είναι ασφαλής», είπε η δήμαρχος Βέρα Μύλου."
    ),
    "ar": (
        "سيبقى الجسر مغلقا حتى الخريف، حسبما أعلنت البلدية يوم الثلاثاء. وقالت رئيسة البلدية إنها لن "
        "تفتحه إلا عندما يصبح آمنا. ويشكو السكان من أن أحدا لم يسألهم."
    ),
    "zh": ("市政府周二表示，这座桥将关闭到秋天。市长说，只有在安全的时候才会开放。居民抱怨说没有人问过他们的意见。"),
    "ja": (
        "橋は秋まで閉鎖されると、市が火曜日に発表した。市長は、安全になるまで開けないと述べた。住民は誰にも意見を聞かれなかったと不満を述べている。"
    ),
    "id": (
        "Jembatan itu akan tetap ditutup sampai musim gugur, kata pemerintah kota pada hari Selasa. "
        "“Kami baru akan membukanya setelah aman,” kata wali kota Sari Melati. Warga mengeluh bahwa "
        "tidak ada yang bertanya kepada mereka."
    ),
    "ms": (
        "Jambatan itu akan kekal ditutup sehingga musim luruh, kata majlis perbandaran pada hari Selasa."
        " “Kami hanya akan membukanya apabila ia selamat,” kata datuk bandar Siti Melur. Penduduk "
        "merungut bahawa tiada sesiapa bertanya mereka."
    ),
    "ro": (
        "Podul va rămâne închis până la toamnă, a anunțat marți primăria. „Îl vom deschide doar când va "
        "fi sigur”, a spus primarul Ana Moraru. Locuitorii se plâng că nimeni nu i-a întrebat."
    ),
    "ga": (
        'Fanfaidh an droichead dúnta go dtí an fómhar, a dúirt an chathair Dé Máirt. "Ní osclóimid é go '
        'dtí go mbeidh sé sábháilte," arsa an méara Nóra Muilinn. Tá na cónaitheoirí ag gearán nár '
        "fhiafraigh aon duine díobh."
    ),
    "cy": (
        "Bydd y bont ar gau tan yr hydref, meddai'r ddinas ddydd Mawrth. \"Ni fyddwn yn ei hagor nes ei "
        "bod yn ddiogel,\" meddai'r maer Nia Melin. Mae'r trigolion yn cwyno nad oedd neb wedi gofyn "
        "iddyn nhw."
    ),
    "af": (
        "Die brug bly tot die herfs gesluit, het die stad Dinsdag gesê. “Ons sal dit eers oopmaak "
        "wanneer dit veilig is,” het burgemeester Greta Holt gesê. Die inwoners kla dat niemand hulle "
        "gevra het nie."
    ),
    "hi": (
        "नगर निगम ने मंगलवार को कहा कि पुल पतझड़ तक बंद रहेगा। महापौर ने कहा कि सुरक्षित होने पर ही इसे "
        "खोला जाएगा। निवासियों की शिकायत है कि किसी ने उनसे नहीं पूछा।"
    ),
    "ca": (
        "El pont continuarà tancat fins a la tardor, va informar dimarts l'ajuntament. «No l'obrirem "
        "fins que sigui segur», va dir l'alcaldessa, Rosa Pinar. Els veïns es queixen que ningú no els "
        "ha preguntat res."
    ),
    "sw": (
        "Daraja litabaki limefungwa hadi vuli, jiji lilisema Jumanne. “Tutalifungua tu litakapokuwa "
        "salama,” alisema meya Neema Kinu. Wakazi wanalalamika kwamba hakuna aliyewauliza."
    ),
    "tl": (
        "Mananatiling sarado ang tulay hanggang taglagas, sabi ng lungsod noong Martes. “Bubuksan lang "
        "namin ito kapag ligtas na,” sabi ni Mayor Rosa Molino. Nagrereklamo ang mga residente na walang"
        " nagtanong sa kanila."
    ),
    "no": (
        "Broen holder stengt til høsten, opplyste kommunen tirsdag. – Vi åpner den først når den er "
        "trygg, sa ordfører Greta Holm. Beboerne klager over at ingen har spurt dem."
    ),
}
