// Package identity knows the numbers that states and banks give to people: how
// each is written, which check digits it carries, and which of its values were
// never given to anybody.
//
//  1. The check digits stand alone: [Luhn], [Verhoeff], [Mod97], [Mod1110], [MRZ]
//     and weighted sums.
//  2. A [Document] is one kind of number of one country. [Find] and [Of] look it up.
//  3. [Document.Fits] says whether a normalised value has its shape,
//     [Document.Validate] whether it may have been issued.
//  4. [Document.Make] writes another one, drawn from keyed indices: a number that
//     may be real (Valid), or one that nobody can have (NeverIssued).
//  5. [IBAN] and [Card] do the same for accounts and cards.
//
// Normalised means: separators taken out, letters upper-case ASCII. Nothing here
// allocates per value. It knows nothing of keys, columns or separators.
package identity
