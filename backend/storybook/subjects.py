"""The subjects that Storybook can generate, and the words people use for them.

`WELL_KNOWN` and `CORE` have a line for each subject, `name = art | synonym, synonym`, where `art` is its emoji's slug.
Of the other emojis that all four sprite sets have, `extended_subjects` takes those that are things to draw.
"""

import re
from dataclasses import dataclass

WELL_KNOWN = """
rabbit = rabbit-face | bunny
cat = cat-face | kitty, kitten
dog = dog-face | puppy, doggy
fox = fox
panda = panda | panda bear
bear = bear | brown bear
lion = lion
tiger = tiger-face
pig = pig-face | piglet
frog = frog
unicorn = unicorn
dragon = dragon-face
penguin = penguin
owl = owl
duck = duck
elephant = elephant
turtle = turtle | tortoise
whale = spouting-whale
fish = tropical-fish
octopus = octopus
butterfly = butterfly
tree = deciduous-tree
flower = blossom | yellow flower
apple = red-apple | red apple
strawberry = strawberry
pizza = pizza | slice of pizza
burger = hamburger | hamburger
cake = birthday-cake | birthday cake
ice cream = soft-ice-cream
car = automobile | automobile, red car
train = locomotive | steam train, locomotive
airplane = airplane | plane, aeroplane
rocket = rocket | spaceship, space rocket
sailboat = sailboat | sailing boat, boat
house = house | home
castle = castle
robot = robot
ghost = ghost
heart = red-heart | red heart
star = star | yellow star
"""

CORE = """
koala = koala
wolf = wolf
monkey = monkey-face
cow = cow-face
horse = horse-face
mouse = mouse-face
polar bear = polar-bear | white bear
hamster = hamster
raccoon = raccoon
chicken = chicken | hen
chick = front-facing-baby-chick | baby chick
flamingo = flamingo
parrot = parrot
zebra = zebra
giraffe = giraffe
camel = camel
hedgehog = hedgehog
squirrel = chipmunk | chipmunk
sheep = ewe | lamb
snake = snake
dinosaur = t-rex | t-rex
dolphin = dolphin
shark = shark
crab = crab
jellyfish = jellyfish
snail = snail
bee = honeybee | honeybee
ladybug = lady-beetle | ladybird
spider = spider
pine tree = evergreen-tree | fir tree
palm tree = palm-tree | palm
cactus = cactus
rose = rose | red rose
tulip = tulip
sunflower = sunflower
mushroom = mushroom | toadstool
banana = banana
orange = tangerine | tangerine
lemon = lemon
pear = pear
cherries = cherries | cherry
grapes = grapes
watermelon = watermelon
pineapple = pineapple
carrot = carrot
tomato = tomato
avocado = avocado
broccoli = broccoli
hot dog = hot-dog
fries = french-fries | french fries
doughnut = doughnut | donut
cookie = cookie | biscuit
cupcake = cupcake | muffin
popcorn = popcorn
cheese = cheese-wedge
cup of coffee = hot-beverage | coffee, cup of tea
lollipop = lollipop
bus = bus
tractor = tractor
bicycle = bicycle | bike
motorcycle = motorcycle | motorbike
helicopter = helicopter
ufo = flying-saucer | flying saucer
ship = ship
tent = tent
church = church
alien = alien
snowman = snowman-without-snow
teddy bear = teddy-bear | teddy
crown = crown
sun = sun-with-face
moon = crescent-moon | crescent moon
cloud = cloud
rainbow = rainbow
umbrella = umbrella
balloon = balloon | red balloon
gift = wrapped-gift | present
guitar = guitar
drum = drum
soccer ball = soccer-ball | football
basketball = basketball
book = closed-book
camera = camera
light bulb = light-bulb | lamp
key = key
bell = bell
alarm clock = alarm-clock | clock
candle = candle
gem = gem-stone | diamond, jewel
pumpkin = jack-o-lantern | jack-o-lantern
christmas tree = christmas-tree
skull = skull
volcano = volcano
planet = ringed-planet | saturn
"""


def words_in(text: str) -> set[str]:
    return set(text.split())


EXCLUDED = words_in(
    """
    rabbit cat dog tiger pig monkey cow horse mouse dragon guide-dog service-dog pig-nose wing microbe rosette
    leaf-fluttering-in-wind empty-nest flatbread stuffed-flatbread tamale falafel canned-food rice-cracker cooked-rice
    curry-rice steaming-bowl oden fish-cake-with-swirl moon-cake roasted-sweet-potato amphora mate pouring-liquid
    tumbler-glass sake teacup-without-handle unlocked shallow-pan-of-food
    """
)
"""Whole bodies of animals whose name is given to the face, and things that few people can name or tell apart."""
TAGS_TOO_BROAD = {
    "animal",
    "animals",
    "food",
    "face",
    "pet",
    "fruit",
    "vehicle",
    "plant",
    "bird",
    "flower",
    "nature",
}
OBJECTS = words_in(
    """
    balloon crown top-hat gem-stone bell guitar drum violin trumpet saxophone accordion banjo key candle
    book books closed-book camera television telephone light-bulb robot ghost alien alien-monster ogre skull
    clown-face jack-o-lantern snowman snowman-without-snow teddy-bear red-heart soccer-ball basketball
    baseball tennis trophy kite wrapped-gift christmas-tree hammer scissors magnet telescope microscope
    backpack t-shirt jeans dress chair bed broom anchor game-die puzzle-piece yo-yo crystal-ball magic-wand
    artist-palette ring lipstick glasses locked unlocked scroll hourglass-done alarm-clock luggage
    """
)
TRAVEL_AND_PLACES = words_in(
    """
    mountain volcano house castle church tent fountain ferris-wheel locomotive bus ambulance fire-engine
    police-car taxi automobile delivery-truck tractor racing-car motorcycle motor-scooter bicycle kick-
    scooter skateboard sailboat canoe speedboat ship airplane helicopter rocket flying-saucer satellite
    crescent-moon sun sun-with-face full-moon ringed-planet star glowing-star cloud rainbow umbrella
    snowflake fire droplet high-voltage tornado comet statue-of-liberty hut office-building school windmill
    derelict-house umbrella-with-rain-drops carousel-horse wheel parachute
    """
)


@dataclass(frozen=True)
class Subject:
    """One subject. `art` is its emoji's slug, `words` are its names, the usual one first.

    `weight` is its relative frequency in the training set.
    """

    name: str
    art: str
    words: tuple[str, ...]
    weight: float


def slug(label: str) -> str:
    """An emoji's English label in the spelling of icon sets: `Mrs. Claus` → `mrs-claus`."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower().replace("’", "").replace("'", "")).strip("-")


def parse_subjects(table: str, weight: float) -> list[Subject]:
    """Parses lines of `name = art | synonym, synonym`."""
    subjects = []
    for line in table.strip().splitlines():
        name, _, rest = line.partition(" = ")
        art, _, synonyms = rest.partition(" | ")
        words = (name, *(word.strip() for word in synonyms.split(",") if word.strip()))
        subjects.append(Subject(name, art, words, weight))
    return subjects


def extended_subjects(emojis: list[dict], taken: set[str], weight: float) -> list[Subject]:
    """All animals, plants and foods that are not `taken`, and the listed objects and places.

    Their names are the emoji's label and up to two tags that no other chosen emoji has.
    """
    chosen = [e for e in emojis if e.get("group") in (3, 4) or slug(e["label"]) in OBJECTS | TRAVEL_AND_PLACES]
    owners: dict[str, int] = {}
    for emoji in chosen:
        for tag in set(emoji.get("tags", [])):
            owners[tag] = owners.get(tag, 0) + 1
    subjects = []
    for emoji in chosen:
        art = slug(emoji["label"])
        if art in taken | EXCLUDED:
            continue
        name = emoji["label"].lower()
        tags = [t for t in emoji.get("tags", []) if owners[t] == 1 and t not in TAGS_TOO_BROAD and t != name]
        subjects.append(Subject(name, art, (name, *tags[:2]), weight))
    return subjects


def all_subjects(emojis: list[dict], available: set[str]) -> list[Subject]:
    """Every subject whose art is in `available`: well-known, core, extended."""
    core = [s for s in parse_subjects(WELL_KNOWN, 1.6) + parse_subjects(CORE, 1.1) if s.art in available]
    taken, names = {s.art for s in core}, {w for s in core for w in s.words}
    rest = [s for s in extended_subjects(emojis, taken, 0.9) if s.art in available and s.name not in names]
    rest = [Subject(s.name, s.art, tuple(w for w in s.words if w not in names), s.weight) for s in rest]
    return core + rest
