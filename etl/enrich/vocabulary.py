"""Closed lists of ordinary words that open, close or interrupt a name."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


MONTHS = {
    "January": 1, "February": 2, "March": 3, "April": 4, "May": 5, "June": 6, "July": 7, "August": 8,
    "September": 9, "October": 10, "November": 11, "December": 12, "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4,
    "Jun": 6, "Jul": 7, "Aug": 8, "Sept": 9, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
WEEKDAYS = {"Monday": 0, "Tuesday": 1, "Wednesday": 2, "Thursday": 3, "Friday": 4, "Saturday": 5, "Sunday": 6}

LANDSCAPE = words(
    """
    River Hill Hills Mountain Mountains Mt Lake Islet Island Islands Gate Pass Falls Valley Plain Spa Sea Bay
    Gulf Stream Peak Ridge Highland Tableland Peninsula Basin
    """
)
"""Words after a name that make it a mountain, a river or the like, not a place with people and an administration."""

LANDSCAPE_OPENINGS = words("Mt Mts Mount Lake River Rivers")
"""Words before a name that do."""

INSTITUTIONS = words(
    """
    Factory Farm Institute Mill Complex University Committee Academy Ministry Station Association Society
    Federation Union League Commission Museum Hospital School Bureau Agency Party Mine Plant Enterprise Office
    Center Centre Company Corporation Council Congress Corps Brigade Department Foundation Palace Theatre
    Theater Stadium Workshop College Embassy Court Bank Hotel House Zoo Park Cemetery Tower Base Unit Branch
    Kindergarten Nursery Troupe Band Orchestra Ensemble Club Hostel Camp Front Library Sanatorium Dockyard
    Shipyard Port Airport Gymnasium Rink Market Restaurant Store Shop Hall Studio Laboratory Institution
    Headquarters Fleet Division Regiment Squadron Garden Resort Ranch Pool Arena Pavilion Circus Clinic Pharmacy
    Works Smeltery Refinery Foundry Brewery Bathhouse Plaza Assembly Cabinet Secretariat Prosecutor Team Group
    Staff Command Force Forces Navy Army Organization Organisation Forum Trust Bloc Alliance Movement Chamber
    Board Confederation Parliament Senate Duma Panel
    """
)
"""Nouns that close the name of an organisation or institution."""

HEADS = words(
    """
    Ministry Academy University Institute Committee Association Federation Union League Society Department
    Bureau Council Commission Party Board Front Foundation Embassy Museum Assembly Congress Bank Organization
    Cabinet Headquarters Command Staff School College Office Agency Group Movement Team Brigade Army Navy Force
    Branch
    """
)
"""Institutions whose name may go on with "of ..." or "for ..."."""

THINGS = words(
    """
    Street Square Avenue Road Bridge Arch Statue Monument Prize Award Order Medal Cup Gallery Exhibition
    Festival Marathon Declaration Agreement Statement Summit Games Championship Championships Tournament
    Movement Line Canal Highway Railway Reservoir Dam Power Speed Style Revolutionary Greenhouse Stockbreeding
    Catfish
    """
)

AWARDS_AFTER = frozenset({"Prize", "Award", "Order", "Medal", "Youth Honor", "Badge"})

COMMON = words(
    """
    Study Studies Self Friendship Cooperation Solidarity Nationals Traders Executive A An The This That These
    Those There Their They He She It Its His Her We Our You I In On At Of To For From By With And Or But As If
    When While Where What Who Why How After Before During Since Until Under Over Among Between Through Amid Also
    Then Thus Now Today Yesterday All Any Both Each Every Many More Most Much Some Such Other Same First Second
    Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth Last Next New Old Great Big Good High Long General
    Supreme Special Central National State People Peoples Public Social Socialist Communist Democratic
    Revolutionary Republic Federation Kingdom Party Government Cabinet Parliament Congress Committee Ministry
    Minister North South East West Northern Southern Eastern Western Northeast Asia Asian Europe European Africa
    African Arab American Latin Pacific Atlantic Olympic Olympics International World Global Korean Koreans
    Korea Juche Sun Day Days Year Years Week Month Spring Summer Autumn Winter Song Songs Arirang Press Review
    News Article Report Statement Speech Law Laws Decision Decree Resolution Plan Project Programme Program War
    Peace Victory Liberation Independence Fatherland Motherland Anniversary Birthday Foundation Founding Youth
    Young Women Men Children Workers Worker Farmers Students Soldiers Officials Officers Present Participants
    Speakers Speaker Marshal Comrade President Chairman Chairwoman Chairperson Premier Secretary Director
    Ambassador Member Members Head Chief King Queen Deputy Vice Leader Respected Dear Beloved Esteemed Honorary
    Mr Mrs Ms Dr Prof Political Military Foreign Defence Defense Economic External Internal Interior Security
    Affairs Health Education Culture Cultural Science Scientific Technology Trade Industry Agriculture Finance
    Justice Labour Labor Sports Sport Light Heavy Chemical Metal Coal Electric Power Machine Building Materials
    Construction Land Sea Air Space Missile Nuclear Weapon Weapons Launch Test Drill Ulji Freedom Shield Human
    Rights Right United Nations States Hero Heroes Order Medal Prize Title Grand Art Performance Concert
    Exhibition Festival Film Folk Games Championship Championships Cup Group League Round Match Final Finals
    Team Teams Player Players Coach Written Laid Recorded Saying Seeing Hearing Looking Going Having Being Based
    Following Accompanying Attending Thanks Greeting Greetings Message Messages Letter Letters Gift Gifts
    Congratulations Not No Only Even Still Once One Two Three Four Five Six Seven Eight Nine Ten Hundreds
    Thousands Tens Recently Shortly Especially Particularly According Prior Meanwhile However Moreover Therefore
    Amidst Despite Against Without Within Across Along Street Square Hill Mountain River Lake Mt Tower Palace
    Hall House Road Capital City County Province District Municipality Area Town Village Islet Island Ocean
    Peninsula Region Middle Near Far Upper Lower White Red Blue Black Green Sunday Monday Tuesday Wednesday
    Thursday Friday Saturday January February March April May June July August September October November
    December Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec God Lord Holy Excellency Majesty Highness Comrades
    Imperialism Imperialists Imperial Zionist Zionists Israelis Islamic Christian Strategic Comprehensive
    Partnership Treaty Agreement Declaration Charter Constitution Convention Protocol Summit Forum Conference
    Meeting Session Plenary Enlarged Emergency Extraordinary Seminar Symposium Institute Academy Washington
    Tokyo Seoul Moscow Beijing London Paris Berlin Brussels Tehran Hanoi Havana Damascus Gaza Manchuria
    Hiroshima Nagasaki Okinawa Vladivostok Shenyang Dandong
    """
)
"""Capitalised words that are no part of a foreign person's name."""

RANKS = words(
    """
    Executive President Vice Chairman Chairwoman Chairperson Premier Prime Minister Foreign Defence Defense
    Secretary General Comrade Comrades Marshal Army Colonel Lieutenant Major Captain Admiral Col Lt Maj Gen
    Director Ambassador King Queen Great Emir Sultan Prince Princess Dr Prof Professor Mr Mrs Ms Chancellor
    Senator Excellency Majesty Deputy First Special Envoy Representative Governor Mayor Commander Judge Pope
    Speaker Secretary-General Respected Honorary Acting Former Leader Chief Head State Academician Coach Sir
    Lord Sheikh Shaikh Imam
    """
)
"""Words of rank and respect that stand before a name."""

NAMED_BY = words(
    """
    President Chairman Chairwoman Chairperson Premier Minister Secretary Comrade Marshal General Colonel
    Lieutenant Major Captain Admiral Col Lt Maj Gen Director Ambassador King Queen Emir Sultan Prince Princess
    Dr Prof Professor Mr Mrs Ms Chancellor Senator Envoy Representative Governor Mayor Commander Judge Pope
    Speaker Leader Academician Sheikh Sir Coach Excellency Majesty
    """
)
"""Ranks after which a name may follow directly."""
