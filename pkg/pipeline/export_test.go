package pipeline

import (
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestTheComposeFileNamesTheDatabaseWhateverItIsCalled(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"shop": "shop", `a "b" \c`: `a "b" \c`, "pri$e": "pri$$e", "ü𝄞": "ü𝄞", "no": "no"} {
		var file struct {
			Services struct {
				Database struct {
					Image       string            `yaml:"image"`
					Environment map[string]string `yaml:"environment"`
				} `yaml:"database"`
			} `yaml:"services"`
		}
		if err := yaml.Unmarshal([]byte(composeFile(15, name)), &file); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if got := file.Services.Database.Environment["POSTGRES_DB"]; got != want || file.Services.Database.Image != "${POSTGRES_IMAGE:-postgres:15}" {
			t.Errorf("%q: %q from %q", name, got, file.Services.Database.Image)
		}
	}
}
