"""A stand-in for the SageMaker XGBoost container, `sagemaker-xgboost:3.2-0` in algorithm mode.

It stands alone: nothing here imports the rest of the project, as the image would not.

    python -m core.container train --prefix DIR          DIR stands for /opt/ml
    python -m core.container serve --prefix DIR --port N

Where what is:

    hyperparameters   their check, in the container's words                (light: no numpy, no XGBoost)
    parameter_table   all of them: what each takes and does, and when to touch it
    parameter_types   kinds of hyperparameter          parameter_rules   rules between them
    channels          input channels, content types    metric_names      the metrics by name
    errors            UserError, AlgorithmError, the failure file        tree   /opt/ml on this machine

    train             a training job, step by step     data              channels -> DMatrix
    callbacks         what happens after each round    folds             k-fold cross validation
    metrics           the metrics that the container computes itself

    serve             the command                      app               HTTP, as nginx and Flask answer it
    invocation        one request to /invocations      payload           body -> rows
    selectable        selected content                 recordio          RecordIO-protobuf
    number_text       predictions as text
    model             the model folder                 in_place          predicting an array
    runtime           /endpoints/<name>/invocations    connections       waiting for a client, and whose Host
    replacement       another model while it serves    traffic           what it was asked, counted

`README.md` says how it is held against recordings of the real container, and where it differs on purpose.
"""
