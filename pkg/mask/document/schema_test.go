package document_test

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/mask/document"
)

func TestASchemaSaysWhereADocumentBreaksItAndNotWhatItHolds(t *testing.T) {
	t.Parallel()
	s, err := document.CompileSchema([]byte(`{
		"type": "object", "required": ["email"], "definitions": {"mail": {"type": "string", "pattern": "@"}},
		"properties": {"email": {"$ref": "#/definitions/mail"}, "age": {"type": "integer"}},
		"additionalProperties": {"type": "string"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for doc, want := range map[string]string{
		`{"email":"a@b"}`:                     "",
		`{"email":"a@b","age":"SecretOne"}`:   "$.age invalid type",
		`{"email":"SecretOne"}`:               "$.email pattern",
		`{"email":"a@b","SecretOne":77}`:      "$.* invalid type",
		`{"age":1}`:                           "$ required",
		`{"SecretOne`:                         "it is no JSON",
		`{"email":"a@b","age":12345678901.0}`: "",
	} {
		err := s.Check([]byte(doc))
		switch {
		case (err == nil) != (want == ""):
			t.Errorf("%s: %v", doc, err)
		case err != nil && (strings.Contains(err.Error(), "Secret") || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v; want %s", doc, err, want)
		}
	}
}

func TestASchemaThatLeadsElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"$ref": "http://localhost:1/x.json"}`,
		`{"properties": {"a": {"items": [{"$ref": "file:///etc/passwd"}]}}}`,
		`{"$id": "http://localhost:1/a.json", "properties": {"a": {"$ref": "b.json"}}}`,
		`{"type": 5}`, `{`, ``, `[]`, `{"properties": {"a": {"pattern": "("}}}`,
	} {
		if _, err := document.CompileSchema([]byte(text)); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
	if _, err := document.CompileSchema([]byte(`{"$id": "http://localhost:1/a.json", "properties": {"$ref": {"type": "string"}, "a": {"$ref": "#/definitions/b"}}, "definitions": {"b": {"type": "string"}}}`)); err != nil {
		t.Error(err)
	}
}
