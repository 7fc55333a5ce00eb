"""Words that generated articles are made of; nothing here is taken from a published text."""


def _split(text: str) -> list[str]:
    return text.split()


THINGS = _split(
    """
    harvest furnace kiln turbine boiler conveyor pipeline reservoir embankment orchard nursery greenhouse pasture
    barn stable hatchery trawler dredger locomotive carriage sleeper viaduct tunnel culvert bridge causeway quay
    warehouse granary silo bakery brewery tannery dyehouse spinning-wheel loom bobbin spindle fabric blanket quilt
    garment uniform stocking glove scarf shoe bootlace schoolbag satchel notebook pencil textbook dictionary atlas
    globe microscope telescope thermometer barometer syringe vaccine tablet ointment bandage stretcher ambulance ward
    clinic dispensary pharmacy laboratory workshop smithy foundry lathe drill grinder press hammer anvil rivet bolt
    bearing gearbox piston cylinder crankshaft clutch axle tyre tractor seeder harvester thresher plough harrow sickle
    spade hoe basket sack crate barrel pallet trolley crane hoist winch pulley cable rope chain anchor rudder sail
    mast deck hull engine-room lighthouse beacon buoy harbour jetty breakwater dike sluice weir canal ditch pond
    lagoon marsh meadow prairie hillside slope ridge summit valley gorge ravine cliff cave spring stream rapids
    waterfall forest grove thicket sapling seedling pine larch oak chestnut walnut apricot persimmon pear apple peach
    grape strawberry melon pumpkin cucumber tomato cabbage radish carrot onion garlic pepper spinach lettuce mushroom
    barley wheat maize rice millet sorghum soya bean potato sweet-potato groundnut sesame sunflower flax cotton hemp
    silk cocoon mulberry honey beehive goat sheep cattle pig rabbit duck goose hen turkey ostrich trout carp sturgeon
    mackerel herring pollack anchovy squid octopus crab shrimp clam oyster mussel laver kelp seaweed salt vinegar
    paste sauce noodle dumpling biscuit bread cake candy syrup juice beer wine tea cup plate bowl kettle stove oven
    lamp lantern candle battery panel inverter transformer generator dynamo switchboard meter fuse wire circuit
    sensor monitor keyboard printer server network program database algorithm robot scanner camera projector screen
    film reel stage curtain orchestra violin cello flute trumpet drum harp piano accordion chorus ballad anthem march
    dance waltz ballet drama opera comedy puppet circus acrobat juggler painting portrait landscape mural mosaic
    sculpture statue relief monument arch column pavilion fountain square boulevard avenue lane pavement kerb
    streetlamp bench kiosk shop-window counter shelf till receipt ticket timetable platform station depot terminal
    bus trolleybus tram bicycle lorry minibus ferry barge aircraft runway hangar balloon parachute glider rocket
    satellite antenna transmitter receiver telephone cable-line postbox parcel stamp envelope letter postcard
    newspaper magazine brochure poster placard banner flag badge medal trophy diploma certificate bouquet wreath
    basket-of-flowers garland ribbon firework torch bonfire
    """
)
ABSTRACTS = _split(
    """
    effort zeal devotion loyalty patience resolve courage confidence pride dignity honour glory tradition heritage
    memory history chronicle legend lesson example model pattern method approach technique procedure standard norm
    criterion target quota schedule plan project scheme design blueprint draft proposal suggestion initiative idea
    concept theory principle doctrine outlook viewpoint opinion judgement decision resolution ruling regulation law
    statute order instruction directive guideline assignment task duty mission role function responsibility
    authority power influence prestige reputation trust faith belief conviction hope wish desire dream ambition
    aspiration expectation demand need requirement condition circumstance situation environment climate atmosphere
    trend tendency current tide wave upsurge advance progress growth increase rise boom development expansion
    extension improvement betterment renewal renovation reconstruction restoration recovery repair maintenance
    management administration supervision inspection control coordination organization arrangement
    preparation readiness vigilance security safety stability discipline unity cohesion solidarity
    friendship cooperation exchange contact dialogue negotiation consultation agreement treaty protocol
    understanding consensus alliance partnership relation tie bond link connection struggle fight
    battle campaign drive movement offensive competition contest emulation rivalry victory triumph
    success achievement exploit feat merit contribution service sacrifice labour work production output yield
    productivity efficiency quality quantity variety assortment supply provision distribution circulation transport
    delivery shipment export import trade commerce sale purchase price cost expense saving thrift economy
    investment fund budget revenue tax loan debt insurance pension wage bonus reward prize award
    education schooling training practice exercise rehearsal lecture lesson-plan seminar
    examination grade degree thesis research experiment observation measurement analysis calculation
    discovery invention innovation patent technology science mathematics physics chemistry biology geology
    medicine surgery hygiene nutrition treatment cure prevention quarantine epidemic disease injury accident
    disaster flood drought typhoon storm downpour heat-wave frost snowfall hail landslide erosion pollution
    protection conservation afforestation irrigation drainage cultivation sowing weeding manuring harvesting
    fishing breeding mining smelting casting forging welding weaving dyeing sewing printing building plastering
    paving landscaping lighting heating cooling ventilation recycling
    """
)
PEOPLE = _split(
    """
    workers miners smelters fitters welders turners electricians engineers technicians designers architects builders
    bricklayers carpenters painters plasterers drivers pilots sailors fishermen divers foresters gardeners farmers
    herdsmen shepherds beekeepers millers bakers cooks waiters weavers spinners tailors dyers shoemakers potters
    craftsmen inventors researchers scientists mathematicians physicists chemists geologists doctors surgeons nurses
    pharmacists veterinarians teachers lecturers professors students pupils graduates trainees librarians archivists
    historians archaeologists writers poets journalists editors announcers translators composers singers dancers
    musicians conductors actors directors acrobats sculptors athletes boxers wrestlers swimmers skaters gymnasts
    players coaches referees soldiers officers cadets guards veterans pensioners mothers children newlyweds
    families neighbours citizens villagers youths women delegates deputies officials managers foremen clerks
    accountants salesmen volunteers visitors tourists guests diplomats
    """
)
QUALITIES = _split(
    """
    modern new fresh bright broad steady rapid swift sharp deep firm solid strong sturdy robust durable reliable
    precise accurate careful thorough strict sincere devoted diligent skilful talented able competent experienced
    veteran young old ancient historic famous renowned well-known precious rare rich abundant ample sufficient scarce
    vast huge immense spacious roomy compact small tiny narrow wide tall high low shallow warm hot cool cold mild
    dry wet damp muddy sandy rocky steep gentle flat round square smooth rough soft hard heavy light bulky handy
    useful practical convenient comfortable pleasant cheerful joyful merry lively vivid colourful splendid
    magnificent grand solemn noble ardent fervent passionate enthusiastic eager willing ready patient calm quiet
    silent noisy loud clear pure clean tidy neat hygienic healthy tasty nutritious sweet bitter sour salty spicy
    fragrant green red blue golden silvery white dark pale scientific technical industrial agricultural cultural
    educational medical financial commercial regional local provincial rural urban coastal inland mountainous
    national international foreign domestic mutual common joint collective individual personal general special
    particular peculiar typical unique original creative inventive ingenious clever wise just fair legal illegal
    lawful reckless arrogant hostile aggressive dangerous grave serious urgent pressing immediate prompt timely
    early late annual monthly weekly daily hourly seasonal permanent temporary final initial main major minor
    central principal essential vital crucial decisive important significant remarkable notable outstanding
    excellent brilliant perfect complete full partial double triple additional further future past recent former
    """
)
ADVERBS = _split(
    """
    steadily rapidly swiftly deeply firmly strongly precisely carefully thoroughly strictly sincerely diligently
    skilfully abundantly amply widely highly warmly smoothly gently vividly splendidly solemnly ardently fervently
    eagerly willingly patiently calmly quietly clearly neatly tidily scientifically technically locally jointly
    collectively individually generally specially particularly creatively wisely fairly lawfully gravely seriously
    urgently promptly annually monthly weekly daily permanently finally mainly chiefly remarkably notably fully
    partly doubly further recently substantially qualitatively responsibly persistently unfailingly
    """
)
VERBS = _split(
    """
    build repair restore extend widen deepen raise lower lift carry haul unload stack sort pack seal label weigh
    measure test inspect adjust assemble install connect mount operate control monitor record calculate design draw
    plan schedule organize arrange prepare arm equip furnish supply deliver transport distribute exchange sell export
    produce manufacture process refine smelt cast forge weld grind polish paint plaster pave plant sow transplant
    weed water drain dig plough harvest thresh dry store mill bake brew cook ferment pickle freeze preserve breed
    feed milk shear spin weave dye sew knit print publish edit translate compose rehearse perform stage film
    photograph exhibit display present introduce explain teach train educate instruct coach guide help assist
    support encourage inspire praise honour reward thank greet welcome invite visit tour examine study observe
    discuss debate consult decide adopt approve confirm announce declare proclaim stress emphasize underline note
    mention recall remember celebrate commemorate mark launch start open close finish complete fulfil
    overfulfil exceed double improve renew modernize automate mechanize standardize simplify strengthen
    consolidate reinforce protect defend guard secure prevent stop block reject oppose denounce condemn expose
    warn demand urge propose recommend apply develop invent discover patent generalize save
    recycle reuse collect gather pile clear clean disinfect vaccinate treat heal nurse comfort
    """
)
MONTHS = _split("January February March April May June July August September October November December")
WEEKDAYS = _split("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
SYLLABLES = _split(
    """
    Chol Myong Yong Song Hyok Il Nam Su Ho Guk Jin Un Hyang Sun Hui Mi Ok Ran Kyong Hye Ryon Bom Gun Won Jun Chun Kum
    Sok Gil Bok Thae Ung Hun Hyon Sim Ryong Dok Sang Rim Chang Hak Gwang Myong Jong Hwa Suk Ae Yon Sil Byol
    """
)
TRADES = _split(
    """
    Textile Knitwear Footwear Cement Machine Tractor Fertilizer Foodstuff Paper Glass Ceramics Furniture Cosmetics
    Pharmaceutical Cornstarch Condiments Essential-Goods Battery Cable Bearing Shipbuilding Fishing-Gear Bicycle
    Bag Shoe Silk Wool Seedling Mushroom Vegetable Fruit Poultry Pig Goat Salt Fish Power Coal Iron Steel Magnesite
    Zinc Gold Timber Wood-Processing Printing Instrument Elevator Lighting Tile Paint Plastic Rubber Chemical
    """
)
BODIES = _split(
    """
    Factory Factory Factory Farm Farm Mine Mill Complex Complex Plant Enterprise Station Works Institute Hospital
    University Museum Company
    """
)
OFFICES = (
    "vice-minister of Culture",
    "minister of Agriculture",
    "vice-premier of the Cabinet",
    "director of the provincial bureau",
    "chairman of the county people's committee",
    "secretary of the city party committee",
    "manager of the enterprise",
    "chief engineer",
    "workteam leader",
    "head of the research room",
    "department director",
    "minister of Public Health",
    "vice-minister of Education",
    "minister of Metallurgical Industry",
    "minister of Coal Industry",
    "rector of the college",
    "chairwoman of the women's union committee",
    "member of the Political Bureau",
    "commander of the unit",
    "curator",
)
GIVEN_FOREIGN = _split(
    """
    Ivan Pavel Boris Sergei Anton Nikolai Viktor Oleg Marat Timur Carlos Miguel Pedro Rafael Jorge Luis Mateo Diego
    Ahmed Hassan Omar Yusuf Tariq Karim Nadia Leila Samuel Joseph Daniel Peter Thomas Martin Stefan Lukas Erik Lars
    Amadou Kofi Kwame Moussa Ibrahim Tomas Andrei Milan Goran Petar Bayar Ganbold Temur Aziz Somchai Anwar Budi Rajiv
    """
)
FAMILY_FOREIGN = _split(
    """
    Petrov Sokolov Kuznetsov Morozov Volkov Orlov Belov Karimov Rashidov Alvarez Mendoza Ortega Delgado Castillo
    Herrera Navarro Rahman Haddad Mansour Nasser Saleh Farouk Okafor Mensah Diallo Traore Keita Toure Novak Horvat
    Kovacs Jansen Lindqvist Berglund Keller Hoffmann Dupont Moreau Ferrari Rossi Batbayar Ganzorig Wibowo Santoso
    Sharma Kapoor Perera Silva Costa Pereira
    """
)

KOREAN_THINGS = _split(
    """
    생산 건설 농사 과학 기술 교육 보건 문화 체육 석탄 전력 금속 화학 기계 철도 수산 산림 도시
    농촌 주택 병원 학교 공장 농장 탄광 광산 발전소 제철소 방직 식료 신발 가방 화장품 의약품 비료 세멘트
    유리 목재 과일 남새 버섯 축산 양어 소금 바다 강하천 도로 다리 제방 물길 저수지 온실 묘목 잔디
    공원 놀이터 도서관 극장 음악 무용 영화 미술 전람회 토론회 강습 경기 훈련 대회
    """
)
KOREAN_PEOPLE = _split(
    """
    일군들 로동자들 농장원들 과학자들 기술자들 교원들 학생들 청년들
    녀맹원들 의사들 건설자들 탄부들 군인들 어로공들 체육인들
    """
)
KOREAN_DEEDS = _split(
    """
    추진하고 완성하고 확대하고 개선하고 강화하고 도입하고 창조하고 마련하고 정비하고 보수하고 설치하고 조직하고 실현하고
    앞당기고 늘이고 높이고 다그치고 벌리고 끝내고 시작하고
    """
)
KOREAN_QUALITIES = _split(
    "새로운 현대적인 과학적인 높은 훌륭한 귀중한 튼튼한 풍부한 아름다운 중요한 전국적인 대중적인 선진적인"
)
