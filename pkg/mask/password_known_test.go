package mask

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func TestATestPasswordOpensTheMaskedAccounts(t *testing.T) {
	t.Parallel()
	const password = "staging only"
	spec := Spec{Name: "password_hash", Domain: "d", Params: map[string]any{"test-password": password}, Column: Column{Class: ClassText}}
	m, err := New(spec, &Binder{Key: prf.TestKey()})
	if err != nil {
		t.Fatal(err)
	}
	mask := func(in string) string { return maskOne(t, m, in, "") }

	hash := mask("$2b$05$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy")
	if err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)); err != nil || !strings.HasPrefix(hash, "$2b$05$") {
		t.Errorf("bcrypt: %v", err)
	}
	if other := mask("$2b$05$abcdefghijklmnopqrstuuFLqhmHWXK3dTCzVJ2DP7kM7Kx3pJZ9q"); other != hash {
		t.Error("two rows of one scheme differ")
	}

	f := strings.Split(mask("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG"), "$")
	salt, _ := base64.RawStdEncoding.DecodeString(f[4])
	want, _ := base64.RawStdEncoding.DecodeString(f[5])
	if got := argon2.IDKey([]byte(password), salt, 1, 64, 1, 24); !bytes.Equal(got, want) {
		t.Error("argon2id: another password's hash")
	}

	f = strings.Split(mask("pbkdf2_sha256$1000$abcdefgh1234$J2tv8yyBbkN3F1hKGiZ3gkVQkZ7m2mYj1kZ8Rk2v9bA="), "$")
	key, err := pbkdf2.Key(sha256.New, password, []byte(f[2]), 1000, 32)
	if err != nil || base64.StdEncoding.EncodeToString(key) != f[3] {
		t.Error("pbkdf2: another password's hash")
	}

	// what cannot be made is impossible, as without the parameter
	for _, in := range []string{"$2b$31$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "$argon2id$v=19$m=99999999,t=1,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub", "pbkdf2_md5$10$abcd$efgh", "hunter2hunter2"} {
		if out := mask(in); len(out) != len(in) || out == in {
			t.Errorf("%q became %q", in, out)
		}
	}
	for _, short := range []string{"", "short", strings.Repeat("x", 73)} {
		spec.Params = map[string]any{"test-password": short}
		if _, err := Check(spec); err == nil {
			t.Errorf("a password of %d bytes is taken", len(short))
		}
	}
}
