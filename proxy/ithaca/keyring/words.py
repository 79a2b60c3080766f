"""The words of which seal phrases are made: short, plain, each spelled in one way, none that embarrasses anybody.

The law of this file: it only grows. A phrase that was made stands by itself; 512 words give nine bits each.
"""

_TEXT = """
acorn actor adult agent alarm album alert alley almond alpine amber anchor angle animal ankle answer apple apricot
apron arch arena armor arrow artist aspen atlas attic autumn avenue awning badge baker balcony ball bamboo banana
band banjo bank barber barley barn barrel basil basin basket bath beach beacon beam bean bear beaver bed bee beech
bell belt bench berry bike birch bird biscuit bishop blanket blossom blue board boat bonnet book boot border bottle
bow bowl box branch brass bread breeze brick bridge bronze brook broom brother brown brush bubble bucket button
cabin cable cactus cake camel camera camp canal candle canoe canvas canyon captain caravan carbon card cargo carpet
carrot castle cat cattle cave cedar cellar cello chain chair chalk chapel cheese cherry chest chestnut chicken
chimney choir cider cinema circle circus citrus city clay cliff clock cloth cloud clover coach coast coat cobalt
cocoa coconut coffee coin comb comet compass copper coral cork corn corner cottage cotton couch cousin cow crab
cradle crane crater crayon cream creek cricket crocus crown crystal cup curtain cushion cycle cypress daisy dance
dawn deer delta denim desert desk diamond dinner dolphin donkey door dove dragon drawer dream dress drum duck dune
dust eagle earth easel east echo eight elbow elder elephant elm ember emerald engine evening fabric falcon family
farm farmer father feast feather fence fern ferry fiddle field fig finch finger fir fire fish flag flame flannel
flint flock flour flower flute fog forest fork fossil fountain fox frame friend frog frost fruit galaxy gallery
garage garden garlic garnet gate ghost giant ginger giraffe glacier glass globe glove goat gold goose grain grandma
granite grape grass gravel green guitar gull hammer harbor harp harvest hat hawk hazel heart hedge heron hill honey
hook horn horse hotel house ice igloo indigo ink iris iron island ivory ivy jacket jade jar jasmine jelly jewel
jigsaw journey judge jug juice jungle juniper kettle key king kiosk kitchen kite kitten kiwi knight knot ladder lady
lagoon lake lamb lamp lantern lark lavender lawn leaf leather lemon lentil letter library lily lime linen lion
lizard lobster locket lotus lunch magnet magpie mango mantle maple marble market marsh mask meadow medal melon metal
meteor mill mint mirror mitten monk moon moose morning mosaic moss moth mother mountain mouse mud museum music
mustard napkin nectar needle nest night nine nomad north nurse nut nutmeg oak oar oasis oat ocean office olive onion
opal opera orange orbit orchard orchid organ otter oven owl oyster paddle page paint palace palm panda pansy paper
parade parcel park parrot parsley pasta path peach peacock pear pearl pebble pelican pencil penguin pepper piano
picnic pilgrim pillow pilot pine pirate planet plate plum pocket poem poet pond pony poplar poppy porch potato
pottery prairie prince puddle puffin pumpkin puppy puzzle pyramid quail quarry quartz queen quilt quince rabbit
radio radish raft rain rainbow raisin raven reed reef ribbon rice ring river robin rocket rooster root rope rose
ruby rug saddle saffron sail sailor salad salmon salt sand sandal satin sauce scarf school sea seal seed seven
shadow shark sheep shell ship shoe shore silk silver singer sister skate sky sled slipper smoke snail snow soap sock
sofa soldier soup south spark sparrow spice spider spinach spoon spring spruce square squash stable stage star
statue steam steel stone stork storm stove straw stream street sugar suit summer sun swallow swan sweater table
tailor teapot temple tent thistle thread throne thumb thunder tide tiger timber toast tomato torch tower toy tractor
train tram tree trout truck trumpet tulip tunnel turnip turtle twig umbrella uncle uniform valley vanilla vase
velvet village vine violet violin volcano voyage wagon walnut walrus water wave wax weaver west whale wheat wheel
whistle willow window winter wizard wolf wood wool writer yard yarn year yellow yogurt zebra zero zinc
"""
WORDS = tuple(_TEXT.split())
