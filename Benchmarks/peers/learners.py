"""The peers, each with the settings that its own documentation begins with, behind one shape:

    prepared = peer.prepare(x)          # once a row
    said = peer.predict(prepared)       # a number, or the classes' probabilities; None: it cannot say yet
    peer.learn(prepared, y)             # later, when the label is there; y is a number, or the index of a class

A library is imported when a peer of it is made, so that its memory is its own.
"""
import numpy as np

TREES = 10      # in every ensemble; with 100 they cost ten times that


class Scaled:
    """Labels standardised by those learned so far, for learners that step along a gradient."""

    def __init__(self, peer):
        self.peer, self.n, self.mean, self.m2 = peer, 0, 0.0, 0.0
        self.prepare = peer.prepare

    def scale(self):
        return (self.m2 / self.n) ** 0.5 if self.n > 1 and self.m2 > 0 else 1.0

    def predict(self, prepared):
        said = self.peer.predict(prepared)
        return None if said is None else said * self.scale() + self.mean

    def learn(self, prepared, y):
        self.n += 1
        step = y - self.mean
        self.mean += step / self.n
        self.m2 += step * (y - self.mean)
        self.peer.learn(prepared, (y - self.mean) / self.scale())


# ---- River --------------------------------------------------------------------------------------------------------------------------

class River:
    def __init__(self, model):
        self.model = model

    def prepare(self, x):
        return dict(enumerate(x.tolist()))


class RiverRegressor(River):
    def predict(self, prepared):
        return self.model.predict_one(prepared)

    def learn(self, prepared, y):
        self.model.learn_one(prepared, y)


class RiverClassifier(River):
    def __init__(self, model, classes):
        super().__init__(model)
        self.classes = range(classes)

    def predict(self, prepared):
        said = self.model.predict_proba_one(prepared)
        return np.array([said.get(c, 0.0) for c in self.classes]) if said else None

    def learn(self, prepared, y):
        self.model.learn_one(prepared, y)


def river(name, kind, classes):
    from river import forest, linear_model, multiclass, naive_bayes, neighbors, optim, tree
    regressors = {
        "sgd": lambda: linear_model.LinearRegression(optimizer=optim.SGD(0.01), l2=0),
        "pa": lambda: linear_model.PARegressor(),
        "hatr": lambda: tree.HoeffdingAdaptiveTreeRegressor(seed=1),
        "knn": lambda: neighbors.KNNRegressor(engine=neighbors.LazySearch(window_size=1000)),
        "arf": lambda: forest.ARFRegressor(n_models=TREES, seed=1),
    }
    classifiers = {
        "softmax": lambda: linear_model.SoftmaxRegression(optimizer=optim.SGD(0.05)),
        "softmaxfast": lambda: linear_model.SoftmaxRegression(optimizer=optim.SGD(0.3)),
        "nb": lambda: naive_bayes.GaussianNB(),
        "hat": lambda: tree.HoeffdingAdaptiveTreeClassifier(seed=1),
        "knn": lambda: neighbors.KNNClassifier(engine=neighbors.LazySearch(window_size=1000)),
        "pa": lambda: multiclass.OneVsRestClassifier(linear_model.PAClassifier()),
    }
    if kind == "classification":
        return RiverClassifier(classifiers[name](), classes)
    peer = RiverRegressor(regressors[name]())
    return Scaled(peer) if name in ("sgd", "pa") else peer


# ---- Vowpal Wabbit ------------------------------------------------------------------------------------------------------------------

class VowpalWabbit:
    """Lines of text, as VW takes them. Its own normalised, adaptive updates."""

    def __init__(self, options, classes=0):
        from vowpalwabbit import Workspace
        self.model, self.classes, self.learned = Workspace(options + " --quiet --random_seed 1"), classes, False

    def prepare(self, x):
        return "| " + " ".join(f"{i}:{v:.6g}" for i, v in enumerate(x.tolist()))

    def predict(self, prepared):
        if not self.learned:
            return None
        said = self.model.predict(prepared)
        return np.array(said) if self.classes else said

    def learn(self, prepared, y):
        self.learned = True
        self.model.learn(f"{y + 1 if self.classes else y} {prepared}")


def vw(name, kind, classes):
    hidden = " --nn 20" if name == "nn20" else ""
    if kind == "classification":
        return VowpalWabbit(f"--oaa {classes} --loss_function logistic --probabilities" + hidden, classes)
    return VowpalWabbit(hidden)


# ---- MOA --------------------------------------------------------------------------------------------------------------------------

class MOA:
    def __init__(self, name, kind, features, classes):
        from capymoa import classifier, regressor
        from capymoa.core import LabeledInstance, RegressionInstance
        from capymoa.stream import Schema
        names = [f"x{i}" for i in range(features)] + ["y"]
        self.classes, self.learned = classes, False
        if kind == "regression":
            schema = Schema.from_custom(names, "y")
            self.instance = lambda x, y: RegressionInstance.from_array(schema, x, y)
            make = {"arf": lambda: regressor.AdaptiveRandomForestRegressor(schema, ensemble_size=TREES),
                    "soknl": lambda: regressor.SOKNL(schema, ensemble_size=TREES),
                    "sgbr": lambda: regressor.StreamingGradientBoostedRegression(schema),
                    "knn": lambda: regressor.KNNRegressor(schema), "fimtdd": lambda: regressor.FIMTDD(schema)}
        else:
            schema = Schema.from_custom(names, "y", {"y": [f"c{i}" for i in range(classes)]})
            self.instance = lambda x, y: LabeledInstance.from_array(schema, x, y)
            make = {"arf": lambda: classifier.AdaptiveRandomForestClassifier(schema, ensemble_size=TREES),
                    "srp": lambda: classifier.StreamingRandomPatches(schema, ensemble_size=TREES),
                    "knn": lambda: classifier.KNN(schema), "nb": lambda: classifier.NaiveBayes(schema),
                    "hat": lambda: classifier.HoeffdingAdaptiveTree(schema)}
        self.model, self.is_regression = make[name](), kind == "regression"

    def prepare(self, x):
        return x

    def predict(self, x):
        if not self.learned:
            return None
        instance = self.instance(x, 0)
        if self.is_regression:
            return self.model.predict(instance)
        said = self.model.predict_proba(instance)
        if said is None:
            return None
        said = np.asarray(said)
        return np.pad(said, (0, self.classes - len(said)))[:self.classes]

    def learn(self, x, y):
        self.learned = True
        self.model.train(self.instance(x, y))


# ---- scikit-learn -----------------------------------------------------------------------------------------------------------------------

class ScikitLearn:
    def __init__(self, model, classes):
        self.model, self.classes, self.learned = model, np.arange(classes), False

    def prepare(self, x):
        return x[None, :]

    def predict(self, x):
        if not self.learned:
            return None
        return self.model.predict_proba(x)[0] if len(self.classes) else self.model.predict(x)[0]

    def learn(self, x, y):
        if len(self.classes):
            self.model.partial_fit(x, [y], classes=self.classes)
        else:
            self.model.partial_fit(x, [y])
        self.learned = True


def scikit_learn(name, kind, classes):
    from sklearn import linear_model, neural_network
    hidden = {"hidden_layer_sizes": (64,), "random_state": 1}
    if kind == "classification":
        return ScikitLearn({"sgd": lambda: linear_model.SGDClassifier(loss="log_loss", random_state=1),
                            "mlp": lambda: neural_network.MLPClassifier(**hidden)}[name](), classes)
    return Scaled(ScikitLearn({"sgd": lambda: linear_model.SGDRegressor(random_state=1),
                               "mlp": lambda: neural_network.MLPRegressor(**hidden)}[name](), 0))


# ---- all ------------------------------------------------------------------------------------------------------------------------------

REGRESSION = ["vw_linear", "vw_nn20", "river_sgd", "river_pa", "river_hatr", "river_knn", "moa_fimtdd", "moa_knn", "moa_arf", "moa_soknl",
              "moa_sgbr", "skl_sgd", "skl_mlp"]
CLASSIFICATION = ["vw_oaa", "vw_nn20", "river_softmax", "river_softmaxfast", "river_nb", "river_hat", "moa_nb", "moa_knn", "moa_arf", "moa_srp", "skl_sgd",
                  "skl_mlp"]
# Also with the newest delivered labels among the inputs, as a Stint head has them; such a peer is called NAME+y.
WITH_LABELS = ["vw_linear", "vw_nn20", "vw_oaa", "river_sgd", "river_hatr", "river_softmax", "river_softmaxfast",
               "moa_knn", "moa_arf", "moa_soknl", "moa_srp",
               "skl_sgd", "skl_mlp"]


def names(kind):
    plain = REGRESSION if kind == "regression" else CLASSIFICATION
    return plain + [name + "+y" for name in plain if name in WITH_LABELS]


def make(name, kind, features, classes=0):
    """A peer by its name, without +y."""
    library, _, model = name.partition("_")
    if library == "moa":
        return MOA(model, kind, features, classes)
    return {"river": river, "vw": vw, "skl": scikit_learn}[library](model, kind, classes)
