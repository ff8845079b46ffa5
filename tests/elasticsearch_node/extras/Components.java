package node;

import java.io.Reader;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.charfilter.MappingCharFilter;
import org.apache.lucene.analysis.charfilter.NormalizeCharMap;
import org.apache.lucene.analysis.core.FlattenGraphFilter;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.fr.FrenchLightStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter;
import org.apache.lucene.analysis.miscellaneous.WordDelimiterIterator;
import org.apache.lucene.analysis.pattern.PatternReplaceCharFilter;
import org.apache.lucene.analysis.pattern.PatternTokenizer;
import org.apache.lucene.analysis.util.ElisionFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingCharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingTokenFilterFactory;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/** The analysis components that our mapping needs and the published test distribution lacks: thin wrappers of Lucene's
 *  own classes, with the option names and defaults of the public reference. How options are read is ours and proves
 *  nothing; the tokens are Lucene's. */
public abstract class Components extends Plugin implements AnalysisPlugin {
    record Filter(String name, UnaryOperator<TokenStream> make) implements TokenFilterFactory {
        public TokenStream create(TokenStream in) { return make.apply(in); }
    }

    /** Also applied to the terms of wildcard and prefix queries. */
    record Normalizing(String name, UnaryOperator<TokenStream> make) implements NormalizingTokenFilterFactory {
        public TokenStream create(TokenStream in) { return make.apply(in); }
    }

    record Chars(String name, UnaryOperator<Reader> make) implements NormalizingCharFilterFactory {
        public Reader create(Reader in) { return make.apply(in); }
    }

    interface Options<T> { UnaryOperator<T> read(Environment env, Settings settings); }

    static AnalysisProvider<TokenFilterFactory> filter(Options<TokenStream> options) {
        return (index, env, name, settings) -> new Filter(name, options.read(env, settings));
    }

    static AnalysisProvider<TokenFilterFactory> normalizing(Options<TokenStream> options) {
        return (index, env, name, settings) -> new Normalizing(name, options.read(env, settings));
    }

    static AnalysisProvider<CharFilterFactory> chars(Options<Reader> options) {
        return AnalysisPlugin.requiresAnalysisSettings((index, env, name, settings) -> new Chars(name, options.read(env, settings)));
    }

    static AnalysisProvider<TokenizerFactory> tokenizer(java.util.function.Function<Settings, Supplier<Tokenizer>> options) {
        return (index, env, name, settings) -> TokenizerFactory.newFactory(name, options.apply(settings));
    }

    static UnaryOperator<TokenStream> stemmer(Environment env, Settings settings) {
        String language = settings.get("language", settings.get("name", ""));
        if (!language.equals("light_french")) throw new IllegalArgumentException("this node stems light_french only, not [" + language + "]");
        return FrenchLightStemFilter::new;
    }

    static UnaryOperator<TokenStream> elision(Environment env, Settings settings) {
        CharArraySet articles = Analysis.parseArticles(env, settings);
        if (articles == null) throw new IllegalArgumentException("elision filter requires [articles]");
        return in -> new ElisionFilter(in, articles);
    }

    static UnaryOperator<TokenStream> delimiter(Environment env, Settings settings) {
        int flags = 0;
        for (var option : DELIMITER.entrySet())
            if (settings.getAsBoolean(option.getKey(), DELIMITER_ON.contains(option.getKey()))) flags |= option.getValue();
        int all = flags;
        return in -> new WordDelimiterGraphFilter(in, true, WordDelimiterIterator.DEFAULT_WORD_DELIM_TABLE, all, null);
    }

    static final Map<String, Integer> DELIMITER = Map.of(
        "generate_word_parts", WordDelimiterGraphFilter.GENERATE_WORD_PARTS,
        "generate_number_parts", WordDelimiterGraphFilter.GENERATE_NUMBER_PARTS,
        "catenate_words", WordDelimiterGraphFilter.CATENATE_WORDS,
        "catenate_numbers", WordDelimiterGraphFilter.CATENATE_NUMBERS,
        "catenate_all", WordDelimiterGraphFilter.CATENATE_ALL,
        "split_on_case_change", WordDelimiterGraphFilter.SPLIT_ON_CASE_CHANGE,
        "preserve_original", WordDelimiterGraphFilter.PRESERVE_ORIGINAL,
        "split_on_numerics", WordDelimiterGraphFilter.SPLIT_ON_NUMERICS,
        "stem_english_possessive", WordDelimiterGraphFilter.STEM_ENGLISH_POSSESSIVE);
    static final List<String> DELIMITER_ON = List.of(
        "generate_word_parts", "generate_number_parts", "split_on_case_change", "split_on_numerics", "stem_english_possessive");

    static UnaryOperator<Reader> mapping(Environment env, Settings settings) {
        NormalizeCharMap.Builder rules = new NormalizeCharMap.Builder();
        for (String rule : settings.getAsList("mappings")) {
            int arrow = rule.lastIndexOf("=>");
            if (arrow < 0) throw new IllegalArgumentException("Invalid Mapping Rule : [" + rule + "]");
            rules.add(rule.substring(0, arrow).trim(), rule.substring(arrow + 2).trim());
        }
        NormalizeCharMap map = rules.build();
        return in -> new MappingCharFilter(map, in);
    }

    static UnaryOperator<Reader> replace(Environment env, Settings settings) {
        Pattern pattern = Pattern.compile(settings.get("pattern"));
        String by = settings.get("replacement", "");
        return in -> new PatternReplaceCharFilter(pattern, by, in);
    }

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        Map<String, AnalysisProvider<TokenFilterFactory>> filters = new TreeMap<>();
        filters.put("asciifolding", normalizing((env, settings) -> ASCIIFoldingFilter::new));
        filters.put("elision", AnalysisPlugin.requiresAnalysisSettings(normalizing(Components::elision)));
        filters.put("stemmer", AnalysisPlugin.requiresAnalysisSettings(filter(Components::stemmer)));
        filters.put("flatten_graph", filter((env, settings) -> FlattenGraphFilter::new));
        filters.put("word_delimiter_graph", filter(Components::delimiter));
        return filters;
    }

    @Override
    public List<org.elasticsearch.index.analysis.PreConfiguredTokenFilter> getPreConfiguredTokenFilters() {
        return List.of(
            org.elasticsearch.index.analysis.PreConfiguredTokenFilter.singleton("asciifolding", true, ASCIIFoldingFilter::new),
            org.elasticsearch.index.analysis.PreConfiguredTokenFilter.singleton("flatten_graph", false, FlattenGraphFilter::new));
    }

    @Override
    public Map<String, AnalysisProvider<CharFilterFactory>> getCharFilters() {
        Map<String, AnalysisProvider<CharFilterFactory>> filters = new TreeMap<>();
        filters.put("mapping", chars(Components::mapping));
        filters.put("pattern_replace", chars(Components::replace));
        return filters;
    }

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        Map<String, AnalysisProvider<TokenizerFactory>> tokenizers = new TreeMap<>();
        tokenizers.put("pattern", tokenizer(settings -> {
            Pattern pattern = Pattern.compile(settings.get("pattern", "\\W+"));
            int group = settings.getAsInt("group", -1);
            return () -> new PatternTokenizer(pattern, group);
        }));
        tokenizers.put("whitespace", tokenizer(settings -> {
            int longest = settings.getAsInt("max_token_length", 255);
            return () -> new WhitespaceTokenizer(TokenStream.DEFAULT_TOKEN_ATTRIBUTE_FACTORY, longest);
        }));
        return tokenizers;
    }
}
