// The emojis that are offered, each with words by which it is found, in English and German. Any other one can be typed.
import type { Words } from '../../words/english.ts';

interface Group {
  readonly title: keyof Words;
  /** One emoji and its words, up to the next `;`. */
  readonly list: string;
}

export const groups: readonly Group[] = [
  {
    title: 'emoji_faces',
    list: '😀 grin grinsen;😃 happy froh;😄 smile lächeln;😁 beam strahlen;😆 laugh lachen;😅 sweat schwitzen;😂 joy tränen;🤣 rofl kugeln;🙂 slight leicht;🙃 upside verkehrt;😉 wink zwinkern;😊 blush erröten;😇 angel engel;🥰 love verliebt;😍 hearts herzaugen;🤩 star sterne;😘 kiss kuss;😋 yum lecker;😛 tongue zunge;😜 crazy verrückt;🤪 zany albern;🤗 hug umarmung;🤭 giggle kichern;🤫 quiet leise;🤔 think denken;🤐 zip schweigen;🤨 brow skeptisch;😐 neutral neutral;😑 blank leer;😏 smirk schmunzeln;😒 unamused unzufrieden;🙄 roll augenrollen;😬 grimace grimasse;😌 relieved erleichtert;😔 sad traurig;😴 sleep schlafen;🤤 drool sabbern;😷 mask maske;🤒 ill krank;🤢 nausea übel;🤮 vomit kotzen;🥵 hot heiß;🥶 cold kalt;😵 dizzy schwindel;🤯 mind explodieren;🤠 cowboy cowboy;🥳 party feiern;😎 cool cool;🤓 nerd streber;🧐 monocle monokel;😕 confused verwirrt;😟 worried besorgt;😮 wow staunen;😲 astonished erstaunt;😳 flushed verlegen;🥺 plead bitte;😢 cry weinen;😭 sob heulen;😱 scream schreien;😖 confounded gequält;😓 downcast niedergeschlagen;😩 weary müde;🥱 yawn gähnen;😤 huff schnauben;😡 angry wütend;🤬 swear fluchen;😈 devil teufel;💀 skull schädel;💩 poop haufen;🤡 clown clown;👻 ghost geist;👽 alien außerirdisch;🤖 robot roboter',
  },
  {
    title: 'emoji_people',
    list: '👍 up yes gut ja;👎 down no schlecht nein;👌 ok gut;✌️ peace frieden;🤞 luck daumen;🤟 love liebe;🤘 rock rock;👈 left links;👉 right rechts;👆 above oben;👇 below unten;☝️ one eins;✋ stop halt;👋 wave winken;🤙 call anrufen;💪 strong stark;🙏 thanks danke;👏 clap klatschen;🙌 hooray hurra;🤝 deal handschlag;✍️ write schreiben;👀 eyes augen;🧠 brain gehirn;🤷 shrug achselzucken;🤦 facepalm stirn;🙋 hand melden;🙅 no nein;💃 dance tanzen;🏃 run laufen;🧘 calm ruhe;👶 baby baby;🧙 wizard zauberer;🧟 zombie zombie;🦸 hero held',
  },
  {
    title: 'emoji_nature',
    list: '🐶 dog hund;🐱 cat katze;🐭 mouse maus;🐹 hamster hamster;🐰 rabbit hase;🦊 fox fuchs;🐻 bear bär;🐼 panda panda;🐨 koala koala;🐯 tiger tiger;🦁 lion löwe;🐮 cow kuh;🐷 pig schwein;🐸 frog frosch;🐵 monkey affe;🐔 chicken huhn;🐧 penguin pinguin;🐦 bird vogel;🦉 owl eule;🦄 unicorn einhorn;🐝 bee biene;🦋 butterfly schmetterling;🐌 snail schnecke;🐞 bug käfer;🐢 turtle schildkröte;🐍 snake schlange;🐙 octopus krake;🐳 whale wal;🐬 dolphin delfin;🌱 seed keim;🌲 tree baum;🌵 cactus kaktus;🍀 clover glück;🍄 mushroom pilz;🌷 tulip tulpe;🌹 rose rose;🌻 sunflower sonnenblume;🌙 moon mond;☀️ sun sonne;⭐ star stern;🌈 rainbow regenbogen;☁️ cloud wolke;🌧️ rain regen;❄️ snow schnee;⚡ lightning blitz;🔥 fire feuer;💧 water wasser;🌊 wave welle;🌍 earth erde',
  },
  {
    title: 'emoji_food',
    list: '🍎 apple apfel;🍌 banana banane;🍓 strawberry erdbeere;🍒 cherry kirsche;🍉 melon melone;🍋 lemon zitrone;🍅 tomato tomate;🥕 carrot karotte;🌽 corn mais;🥑 avocado avocado;🍞 bread brot;🥐 croissant croissant;🧀 cheese käse;🍳 egg ei;🥓 bacon speck;🍔 burger burger;🍟 fries pommes;🍕 pizza pizza;🌭 hotdog würstchen;🌮 taco taco;🍝 pasta nudeln;🍜 soup suppe;🍣 sushi sushi;🍦 ice eis;🍩 donut krapfen;🍪 cookie keks;🎂 cake kuchen;🍫 chocolate schokolade;🍿 popcorn popcorn;☕ coffee kaffee;🍵 tea tee;🍺 beer bier;🍻 cheers prost;🍷 wine wein;🥤 drink getränk',
  },
  {
    title: 'emoji_things',
    list: '⚽ ball fußball;🏀 basketball basketball;🎮 game spiel;🎲 dice würfel;🧩 puzzle puzzle;🎯 target ziel;🎸 guitar gitarre;🎹 piano klavier;🎵 music musik;🎤 microphone mikrofon;🎧 headphones kopfhörer;🎨 art kunst;🎬 film film;📷 camera kamera;🏆 trophy pokal;🥇 gold medal medaille;🎉 tada feier;🎊 confetti konfetti;🎁 gift geschenk;🎈 balloon luftballon;🕯️ candle kerze;💡 idea idee;🔧 tool werkzeug;🔨 hammer hammer;⚙️ gear zahnrad;🔒 lock schloss;🔑 key schlüssel;💻 laptop rechner;📱 phone telefon;⌚ watch uhr;⏰ alarm wecker;⏳ wait warten;📌 pin nadel;📎 clip klammer;✏️ pencil stift;📝 note notiz;📚 books bücher;📅 calendar kalender;📈 rise steigen;📉 fall fallen;💰 money geld;🚗 car auto;🚲 bike fahrrad;🚆 train zug;✈️ plane flugzeug;🚀 rocket rakete;⛵ boat boot;🏠 home haus;⛺ tent zelt;🏖️ beach strand',
  },
  {
    title: 'emoji_signs',
    list: '❤️ heart herz;🧡 orange orange;💛 yellow gelb;💚 green grün;💙 blue blau;💜 purple lila;🖤 black schwarz;🤍 white weiß;💔 broken gebrochen;💕 hearts herzen;💯 hundred hundert;💥 boom knall;💤 zzz schlaf;✅ check haken;❌ cross kreuz;❓ question frage;❗ exclamation ausruf;⚠️ warning warnung;🚫 forbidden verboten;➕ plus plus;➖ minus minus;♻️ recycle wiederverwerten;✨ sparkles funkeln;🎵 note note;🔴 red rot;🟢 green grün;🔵 blue blau;🏁 finish ziel;🚩 flag flagge;🏳️‍🌈 pride regenbogenflagge',
  },
];

export interface Entry {
  readonly emoji: string;
  readonly words: string;
}

export const entriesOf = ({ list }: Group): Entry[] =>
  list.split(';').map((one) => {
    const [emoji = '', ...words] = one.split(' ');
    return { emoji, words: words.join(' ') };
  });
