/** Names of a language that faker lacks, or whose script has no mechanical romanization. */
export interface NameList {
  readonly female: readonly string[];
  readonly male: readonly string[];
  readonly familyFemale: readonly string[];
  readonly familyMale: readonly string[];
}

/** How bearers of a name write it in the Latin alphabet, where that can't be derived letter by letter. */
export const ROMANIZATIONS = new Map<string, string>();

/** Reads `name romanization` pairs; a name alone romanizes mechanically. */
const names = (pairs: string): readonly string[] =>
  pairs.split(',').map((pair) => {
    const [name = '', romanization] = pair.trim().split(' ');
    if (romanization) ROMANIZATIONS.set(name, romanization);
    return name;
  });

const japaneseFamilies = names(
  `佐藤 sato, 鈴木 suzuki, 高橋 takahashi, 田中 tanaka, 伊藤 ito, 渡辺 watanabe, 山本 yamamoto, 中村 nakamura,
  小林 kobayashi, 加藤 kato, 吉田 yoshida, 山田 yamada, 佐々木 sasaki, 山口 yamaguchi, 松本 matsumoto, 井上 inoue,
  木村 kimura, 林 hayashi, 斎藤 saito, 清水 shimizu, 山崎 yamazaki, 森 mori, 池田 ikeda, 橋本 hashimoto, 阿部 abe,
  石川 ishikawa, 山下 yamashita, 中島 nakajima, 石井 ishii, 小川 ogawa, 前田 maeda, 岡田 okada, 長谷川 hasegawa,
  藤田 fujita, 後藤 goto, 近藤 kondo, 村上 murakami, 遠藤 endo, 青木 aoki, 坂本 sakamoto, 藤井 fujii, 西村 nishimura`,
);

const arabicFamilies = names(
  `المصري elmasry, حسن hassan, إبراهيم ibrahim, السيد elsayed, عبدالله abdallah, محمود mahmoud, الشريف elsherif,
  منصور mansour, سليمان soliman, يوسف youssef, الحداد elhaddad, النجار elnaggar, خليل khalil, صالح saleh, فاروق farouk,
  عثمان osman, رشدي roshdy, شاهين shaheen, زكي zaki, فوزي fawzy`,
);

/** Names by faker's code of their language, or ISO 639's where faker has none. */
export const NAME_LISTS = {
  ja: {
    female: names(
      `美咲 misaki, 陽菜 hina, 結衣 yui, 愛 ai, 彩香 ayaka, 舞 mai, 真由美 mayumi, 恵子 keiko, 裕子 yuko, 由美子 yumiko,
      久美子 kumiko, 智子 tomoko, 直美 naomi, 麻衣 mai, 千尋 chihiro, 香織 kaori, 明美 akemi, 桃子 momoko, さくら sakura,
      菜々子 nanako`,
    ),
    male: names(
      `大翔 hiroto, 蓮 ren, 翔太 shota, 大輔 daisuke, 健太 kenta, 拓也 takuya, 直樹 naoki, 哲也 tetsuya, 和也 kazuya,
      浩 hiroshi, 誠 makoto, 隆 takashi, 健一 kenichi, 達也 tatsuya, 康平 kohei, 亮 ryo, 秀樹 hideki, 海斗 kaito,
      雄太 yuta, 太一 taichi`,
    ),
    familyFemale: japaneseFamilies,
    familyMale: japaneseFamilies,
  },
  ar: {
    female: names(
      `فاطمة fatma, مريم mariam, نور nour, سارة sara, هدى hoda, منى mona, ياسمين yasmin, ليلى laila, دينا dina, رانيا rania,
      سلمى salma, أمل amal, هبة heba, نادية nadia, إيمان eman`,
    ),
    male: names(
      `محمد mohamed, أحمد ahmed, محمود mahmoud, عمر omar, مصطفى mostafa, كريم karim, خالد khaled, طارق tarek, حسام hossam,
      ياسر yasser, عمرو amr, وليد walid, شريف sherif, هشام hesham, سامح sameh`,
    ),
    familyFemale: arabicFamilies,
    familyMale: arabicFamilies,
  },
  is: {
    female: names('Guðrún, Anna, Kristín, Sigríður, Margrét, Þórunn, Helga, Ásta, Björk, Hildur, Ragnheiður, Sólveig'),
    male: names('Jón, Sigurður, Guðmundur, Gunnar, Ólafur, Einar, Kristján, Þór, Björn, Árni, Hörður, Ævar'),
    familyFemale: names('Jónsdóttir, Sigurðardóttir, Ólafsdóttir, Einarsdóttir, Þórsdóttir, Björnsdóttir, Árnadóttir'),
    familyMale: names('Jónsson, Sigurðsson, Ólafsson, Einarsson, Þórsson, Björnsson, Árnason, Kristjánsson'),
  },
} as const satisfies Record<string, NameList>;
